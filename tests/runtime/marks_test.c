/* Ranges of the host's profiler: around what the model has marks for, closed in turn, none where the host refuses. */
#include "check.h"
#include "run.h"

static char said[256];
static int refuses;

static int32_t start(const char* name, void* kwargs, void* const* inputs, uint64_t num_inputs, void** range) {
  CHECK(kwargs == NULL && inputs == NULL && num_inputs == 0);
  if (refuses) return 1;
  snprintf(said + strlen(said), sizeof said - strlen(said), "<%s ", name);
  *range = said;
  return 0;
}

static int32_t end(void* range) {
  CHECK(range == said);
  strcat(said, ">");
  return 0;
}

static const char* marked(int32_t kinds, const aoti_marks* marks) {
  aoti_model_desc desc = {.marks = kinds};
  aoti_library library = {.desc = &desc};
  aoti_run run = {.library = &library, .marks = marks};
  said[0] = 0;
  void* outer = aoti_mark_begin(&run, 1, "model");
  void* inner = aoti_mark_begin(&run, 2, "kernel");
  aoti_mark_end(&run, inner);
  aoti_mark_end(&run, outer);
  return said;
}

int main(void) {
  const aoti_marks marks = {start, end};
  CHECK(strcmp(marked(3, &marks), "<model <kernel >>") == 0);
  CHECK(strcmp(marked(1, &marks), "<model >") == 0);
  CHECK(strcmp(marked(2, &marks), "<kernel >") == 0);
  CHECK(strcmp(marked(0, &marks), "") == 0);
  CHECK(strcmp(marked(3, NULL), "") == 0);
  refuses = 1;
  CHECK(strcmp(marked(3, &marks), "") == 0);
  puts("ok");
  return 0;
}
