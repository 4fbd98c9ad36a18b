#include "CLibvirt.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static pthread_mutex_t start_lock = PTHREAD_MUTEX_INITIALIZER;
static int started = 0;

static void ignore_error(void *data, virErrorPtr error) {
    (void)data;
    (void)error;
}

static void *event_loop(void *unused) {
    (void)unused;
    while (virEventRunDefaultImpl() >= 0) {
    }
    return NULL;
}

int apus_virt_start(void) {
    int result = 0;
    pthread_mutex_lock(&start_lock);
    if (!started) {
        pthread_t thread;
        virSetErrorFunc(NULL, ignore_error);
        if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0 ||
            pthread_create(&thread, NULL, event_loop, NULL) != 0) {
            result = -1;
        } else {
            pthread_detach(thread);
            started = 1;
        }
    }
    pthread_mutex_unlock(&start_lock);
    return result;
}

// One subscription: shared by four registrations, released when the last of them is gone.
struct apus_virt_subscription {
    struct apus_virt_callbacks callbacks;
    atomic_int references;
    int ids[3];
    int has_close;
};

static void drop(void *opaque) {
    struct apus_virt_subscription *subscription = opaque;
    if (atomic_fetch_sub(&subscription->references, 1) == 1) {
        subscription->callbacks.release(subscription->callbacks.context);
        free(subscription);
    }
}

static int on_lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail, void *opaque) {
    struct apus_virt_subscription *subscription = opaque;
    char uuid[VIR_UUID_STRING_BUFLEN];
    (void)connection;
    if (virDomainGetUUIDString(domain, uuid) == 0)
        subscription->callbacks.lifecycle(subscription->callbacks.context, uuid, event, detail);
    return 0;
}

static void device(virDomainPtr domain, const char *alias, int removed, void *opaque) {
    struct apus_virt_subscription *subscription = opaque;
    char uuid[VIR_UUID_STRING_BUFLEN];
    if (alias && virDomainGetUUIDString(domain, uuid) == 0)
        subscription->callbacks.device(subscription->callbacks.context, uuid, alias, removed);
}

static void on_removed(virConnectPtr connection, virDomainPtr domain, const char *alias, void *opaque) {
    (void)connection;
    device(domain, alias, 1, opaque);
}

static void on_removal_failed(virConnectPtr connection, virDomainPtr domain, const char *alias, void *opaque) {
    (void)connection;
    device(domain, alias, 0, opaque);
}

static void on_closed(virConnectPtr connection, int reason, void *opaque) {
    struct apus_virt_subscription *subscription = opaque;
    (void)connection;
    subscription->callbacks.closed(subscription->callbacks.context, reason);
}

struct apus_virt_subscription *apus_virt_subscribe(virConnectPtr connection,
                                                   const struct apus_virt_callbacks *callbacks) {
    static const int events[3] = {
        VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED};
    virConnectDomainEventGenericCallback functions[3] = {
        VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), VIR_DOMAIN_EVENT_CALLBACK(on_removed),
        VIR_DOMAIN_EVENT_CALLBACK(on_removal_failed)};
    struct apus_virt_subscription *subscription = calloc(1, sizeof *subscription);
    if (!subscription) return NULL;
    subscription->callbacks = *callbacks;
    atomic_init(&subscription->references, 1);
    for (int i = 0; i < 3; i++) {
        atomic_fetch_add(&subscription->references, 1);
        subscription->ids[i] =
            virConnectDomainEventRegisterAny(connection, NULL, events[i], functions[i], subscription, drop);
        if (subscription->ids[i] < 0) {
            // What was registered stays with the connection, which the caller gives up: another libvirt
            // call here would replace the error.
            drop(subscription);
            drop(subscription);
            return NULL;
        }
    }
    // An embedded driver has no connection to lose and refuses this one: not an error.
    atomic_fetch_add(&subscription->references, 1);
    subscription->has_close = virConnectRegisterCloseCallback(connection, on_closed, subscription, drop) == 0;
    if (!subscription->has_close) drop(subscription);
    virResetLastError();
    return subscription;
}

void apus_virt_close(virConnectPtr connection, struct apus_virt_subscription *subscription) {
    if (subscription) {
        for (int i = 0; i < 3; i++) virConnectDomainEventDeregisterAny(connection, subscription->ids[i]);
        if (subscription->has_close) virConnectUnregisterCloseCallback(connection, on_closed);
        drop(subscription);
    }
    virConnectClose(connection);
}
