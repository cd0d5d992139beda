/* Pools end while their helpers are anywhere, with loads that come late (late.h): a helper that misses the end is
 * waited for without one. */
#include <unistd.h>

#include "check.h"
#include "pool.h"

static void nothing(const aoti_args* args, int64_t begin, int64_t end) { (void)args, (void)begin, (void)end; }

int main(void) {
  alarm(60);
  for (int turn = 0; turn < 300; turn++) {
    aoti_pool* pool = aoti_pool_new(3);
    int32_t error = 0;
    aoti_work work = {nothing, NULL, NULL, &error, 100, 1, 0, NULL};
    CHECK(pool);
    aoti_pool_run(pool, &work, 3, NULL);
    usleep(turn * 7 % 400);
    aoti_pool_free(pool);
  }
  puts("ok");
  return 0;
}
