/* Aligned memory that grows and is kept. */
#include <stdlib.h>
#include <sys/mman.h>

#include "base.h"

enum { HUGE = 2 << 20 };

char aoti_nothing[AOTI_ALIGN] __attribute__((aligned(AOTI_ALIGN)));

void* aoti_memory(uint64_t bytes) {
  if (bytes > (uint64_t)INT64_MAX - 2 * HUGE) return NULL;
  uint64_t align = bytes >= 2 * HUGE ? HUGE : AOTI_ALIGN; /* few TLB misses in large arenas */
  uint64_t rounded = (bytes + align - 1) / align * align;
  void* data = NULL;
  if (posix_memalign(&data, align, rounded ? rounded : align) != 0) return NULL;
#ifdef MADV_HUGEPAGE
  if (align == HUGE) madvise(data, rounded, MADV_HUGEPAGE);
#endif
  return data;
}

int32_t aoti_block_grow(aoti_block* block, uint64_t bytes) {
  if (block->data && block->bytes >= bytes) return 0;
  uint64_t ample = block->bytes + block->bytes / 4; /* sizes that creep up do not cost an allocation each */
  aoti_block_free(block);
  if (ample > bytes && (block->data = aoti_memory(ample))) {
    block->bytes = ample;
    return 0;
  }
  block->data = aoti_memory(bytes);
  if (!block->data) return 1;
  block->bytes = bytes;
  return 0;
}

void aoti_block_free(aoti_block* block) {
  free(block->data);
  block->data = NULL;
  block->bytes = 0;
}
