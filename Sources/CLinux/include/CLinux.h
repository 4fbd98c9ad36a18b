#ifndef APUS_CLINUX_H
#define APUS_CLINUX_H

#include "apus_crypt.h"

#endif
