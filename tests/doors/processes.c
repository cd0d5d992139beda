/* Several processes with one model: its weights are in memory once.
 * usage: processes LIBRARY COUNT ROWS COLUMNS, of a model that takes float32 [ROWS, COLUMNS] */
#define _GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

typedef struct use { long rss, pss, private; } use; /* kilobytes */

/* Of mappings whose file's name ends so; of all with NULL. */
static use used(pid_t pid, const char* ending) {
  char path[64], line[4200];
  use sum = {0, 0, 0};
  int counts = 0;
  long value;
  snprintf(path, sizeof path, "/proc/%d/smaps", (int)pid);
  FILE* file = fopen(path, "r");
  CHECK(file);
  while (fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    if (strchr(line, '-') && strchr(line, '-') < strchr(line, ' ')) {
      size_t length = strlen(line), tail = ending ? strlen(ending) : 0;
      counts = !ending || (length > tail && strcmp(line + length - tail, ending) == 0);
    } else if (counts) {
      if (sscanf(line, "Rss: %ld", &value) == 1) sum.rss += value;
      if (sscanf(line, "Pss: %ld", &value) == 1) sum.pss += value;
      if (sscanf(line, "Private_%*[a-zA-Z]: %ld", &value) == 1) sum.private += value;
    }
  }
  fclose(file);
  return sum;
}

static void child(char** argv, int ready, int leave) {
  char c = 0;
  void* library = load(argv[1]);
  run_once(library, container_new(library), atoi(argv[3]), atoi(argv[4]));
  CHECK(write(ready, &c, 1) == 1);
  CHECK(read(leave, &c, 1) == 0); /* until the parent closes its end */
  _exit(0);
}

int main(int argc, char** argv) {
  CHECK(argc == 5);
  int count = atoi(argv[2]), ready[2], leave[2];
  pid_t pids[16];
  long once = 0, summed = 0;
  char c;
  CHECK(count > 0 && count <= 16 && pipe(ready) == 0 && pipe(leave) == 0);
  for (int i = 0; i < count; i++) {
    pids[i] = fork();
    CHECK(pids[i] >= 0);
    if (pids[i] == 0) {
      close(leave[1]);
      child(argv, ready[1], leave[0]);
    }
  }
  close(ready[1]);
  for (int i = 0; i < count; i++) CHECK(read(ready[0], &c, 1) == 1);
  for (int i = 0; i < count; i++) {
    use all = used(pids[i], NULL), weights = used(pids[i], "weights.bin");
    printf("process %d: RSS %ld KiB, PSS %ld KiB; of the weights RSS %ld KiB, PSS %ld KiB, private %ld KiB\n", i + 1,
           all.rss, all.pss, weights.rss, weights.pss, weights.private);
    once = weights.rss;
    summed += weights.pss;
    CHECK(weights.rss > 0 && weights.private == 0);
  }
  printf("weights in all: PSS %ld KiB, once is %ld KiB\n", summed, once);
  CHECK(summed <= once + once / 8);
  close(leave[1]);
  for (int i = 0; i < count; i++) CHECK(waitpid(pids[i], NULL, 0) == pids[i]);
  puts("ok");
  return 0;
}
