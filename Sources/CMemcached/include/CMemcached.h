#ifndef APUS_CMEMCACHED_H
#define APUS_CMEMCACHED_H

#endif
