#include "CMemcached.h"
