#ifndef APUS_CLIBVIRT_H
#define APUS_CLIBVIRT_H

#endif
