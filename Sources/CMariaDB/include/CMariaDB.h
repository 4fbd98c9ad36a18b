#ifndef APUS_CMARIADB_H
#define APUS_CMARIADB_H

#endif
