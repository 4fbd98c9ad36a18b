#include "CLinux.h"

#include <malloc.h>

void apus_bound_heap(void) {
    /* Two arenas serve as many threads as do the work at a time; by default each of our fifteen threads may get one,
     * and keeps what its busiest moment took. */
    mallopt(M_ARENA_MAX, 2);
    /* Fixed, because freeing one large block would otherwise raise both for good: large blocks then stay in the heap,
     * and the heap is not given back. */
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    mallopt(M_TRIM_THRESHOLD, 512 * 1024);
}

void apus_trim_heap(void) { malloc_trim(0); }
