#ifndef APUS_CLIBVIRT_H
#define APUS_CLIBVIRT_H

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

// What Swift cannot say: registering callbacks whose types differ, and the process-wide event loop.
// The strings given to a callback are only lent.

typedef void (*apus_virt_lifecycle)(void *context, const char *uuid, int event, int detail);
typedef void (*apus_virt_device)(void *context, const char *uuid, const char *alias, int removed);
typedef void (*apus_virt_closed)(void *context, int reason);
typedef void (*apus_virt_release)(void *context);

struct apus_virt_callbacks {
    void *context;
    apus_virt_lifecycle lifecycle;
    apus_virt_device device;
    apus_virt_closed closed;
    /// Called once, when libvirt will not call the others again.
    apus_virt_release release;
};

/// Silences libvirt's own printing, registers its event loop and runs it on a thread of its own for
/// the life of the process. Safe to call again. Must precede the first connection. 0, or -1.
int apus_virt_start(void);

struct apus_virt_subscription;

/// Asks for domain events and for the end of the connection. `callbacks` is copied. NULL on failure,
/// with libvirt's error set.
struct apus_virt_subscription *apus_virt_subscribe(virConnectPtr connection,
                                                   const struct apus_virt_callbacks *callbacks);

/// Ends the subscription, which may be NULL, and closes the connection: registrations hold it open.
void apus_virt_close(virConnectPtr connection, struct apus_virt_subscription *subscription);

#endif
