#ifndef APUS_CLINUX_H
#define APUS_CLINUX_H

#endif
