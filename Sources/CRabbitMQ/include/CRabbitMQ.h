#ifndef APUS_CRABBITMQ_H
#define APUS_CRABBITMQ_H

#endif
