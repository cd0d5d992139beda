/* A host's std::unordered_map<std::string, at::Tensor*>, read and filled without a C++ runtime of our own.
 * The layout is libstdc++'s with the C++11 strings, the same in all releases since 2015. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "door1.h"

typedef struct node {
  struct node* next;
  const char* key; /* std::string: pointer, length, room for short ones */
  size_t length;
  char room[16];
  void* value;
  size_t hash;
} node;

typedef struct map_layout {
  node** buckets;     /* what precedes the first node of each bucket */
  size_t num_buckets;
  node* first;        /* also the node "before the beginning": its next is at offset 0 */
  size_t count;
} map_layout;

size_t aoti_map_count(AOTInductorConstantMapHandle map) { return ((const map_layout*)map)->count; }

void aoti_map_entries(AOTInductorConstantMapHandle map, AOTInductorConstantMapEntry* entries) {
  for (const node* at = ((const map_layout*)map)->first; at; at = at->next, entries++) {
    entries->name = at->key;
    entries->handle = at->value;
  }
}

static node* find(const map_layout* map, const char* name, size_t length) {
  for (node* at = map->first; at; at = at->next)
    if (at->length == length && memcmp(at->key, name, length) == 0) return at;
  return NULL;
}

int32_t aoti_map_insert(AOTInductorConstantMapHandle handle, const char* name, AtenTensorHandle value) {
  map_layout* map = (map_layout*)handle;
  size_t length = strlen(name);
  node* old = find(map, name, length);
  if (old) return old->value = value, 0;
  void *a = NULL, *b = NULL;
  size_t (*hash)(const void*, size_t, size_t);
  void* (*make)(size_t);
  *(void**)&hash = aoti_host_find("libstdc++", "_ZSt11_Hash_bytesPKvmm", &a); /* what std::hash<std::string> calls */
  *(void**)&make = aoti_host_find("libstdc++", "_Znwm", &b);                  /* operator new: the map deletes it */
  node* fresh = hash && make ? make(sizeof *fresh) : NULL;
  char* text = fresh && length >= sizeof fresh->room ? make(length + 1) : fresh ? fresh->room : NULL;
  if (text) {
    memcpy(text, name, length + 1);
    fresh->key = text;
    fresh->length = length;
    if (text != fresh->room) memcpy(fresh->room, &length, sizeof length); /* its capacity */
    fresh->value = value;
    fresh->hash = hash(name, length, 0xc70f6907u);
    size_t bucket = fresh->hash % map->num_buckets;
    if (map->buckets[bucket]) {
      fresh->next = map->buckets[bucket]->next;
      map->buckets[bucket]->next = fresh;
    } else {
      fresh->next = map->first;
      map->first = fresh;
      if (fresh->next) map->buckets[fresh->next->hash % map->num_buckets] = fresh;
      map->buckets[bucket] = (node*)&map->first;
    }
    map->count++; /* may exceed the load factor: the map grows with its next own insertion */
  }
  if (a) dlclose(a);
  if (b) dlclose(b);
  return text ? 0 : aoti_error("the constants cannot be listed: this process has no libstdc++ that the map could be of");
}
