# shellcheck shell=bash
# The unmodified OpenStack client from PyPI, in a virtual environment of its own, and its clouds.yaml.

CLIENT=/opt/apus-stack/client
CLOUDS_MARK="# Written by Apus' stack.sh; changes are lost when it runs again."

client_up() {
    if [ ! -e "$CLIENT/.complete" ]; then
        rm -rf "$CLIENT"
        python3 -m venv "$CLIENT"
        "$CLIENT/bin/pip" install --disable-pip-version-check python-openstackclient osc-placement
        touch "$CLIENT/.complete"
    fi
    mkdir -p "$STACK_BIN"
    ln -sfn "$CLIENT/bin/openstack" "$STACK_BIN/openstack"
    (
        umask 077
        clouds_file > "$STACK/clouds.yaml.new"
    )
    mv "$STACK/clouds.yaml.new" "$STACK/clouds.yaml"
    install -m 600 "$STACK/clouds.yaml" "$DEVSTACK/clouds.yaml"
    if [ -e /etc/openstack/clouds.yaml ] && ! grep -qF "$CLOUDS_MARK" /etc/openstack/clouds.yaml; then
        note "/etc/openstack/clouds.yaml is not ours: use devstack/clouds.yaml"
    else
        mkdir -p /etc/openstack
        install -m 600 "$STACK/clouds.yaml" /etc/openstack/clouds.yaml
    fi
}

# yaml_string TEXT: a double-quoted YAML scalar.
yaml_string() {
    local text=${1//\\/\\\\}
    echo "\"${text//\"/\\\"}\""
}

# cloud_entry NAME USER SCOPE: an entry of clouds.yaml; SCOPE is a project's name, or "system".
cloud_entry() {
    cat << YAML
  $1:
    auth:
      auth_url: http://$SERVICE_HOST:5000/v3
      username: $2
      password: $(yaml_string "$ADMIN_PASSWORD")
      user_domain_id: default
YAML
    if [ "$3" = system ]; then
        echo "      system_scope: all"
    else
        echo "      project_name: $3"
        echo "      project_domain_id: default"
    fi
    cat << YAML
    region_name: $REGION_NAME
    identity_api_version: "3"
    volume_api_version: "3"
YAML
}

clouds_file() {
    echo "$CLOUDS_MARK"
    echo "clouds:"
    cloud_entry devstack demo demo
    cloud_entry devstack-admin admin admin
    cloud_entry devstack-system-admin admin system
}
