// SPDX-License-Identifier: Apache-2.0
// From /proc/self, which a process may read even where it is not dumpable.
#include "common/process.h"

#include <dirent.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define ARENAS 2
#define LARGE_BYTES (4 * 1024 * 1024) // a block that is mapped by itself
#define SPARE_BYTES (8 * 1024 * 1024) // of an arena, kept for what comes next

struct metric process_stats[PROCESS_STAT_COUNT] = {
    [PROCESS_MEMORY] =
        {"process_resident_memory_bytes", "Resident memory.", NULL, METRIC_GAUGE, 0, {0}},
    [PROCESS_DESCRIPTORS] = {"process_open_fds", "Open descriptors.", NULL, METRIC_GAUGE, 0, {0}},
};

static int64_t resident_bytes(void) {
    int64_t all = 0;
    int64_t resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) {
        return 0;
    }
    if (fscanf(file, "%" SCNd64 " %" SCNd64, &all, &resident) != 2) {
        resident = 0;
    }
    fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

static int64_t open_descriptors(void) {
    int64_t count = -3; // ".", ".." and the directory's own
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL) {
        return 0;
    }
    while (readdir(directory) != NULL) {
        count++;
    }
    closedir(directory);
    return count;
}

void process_stats_refresh(void) {
    metric_set(&process_stats[PROCESS_MEMORY], resident_bytes());
    metric_set(&process_stats[PROCESS_DESCRIPTORS], open_descriptors());
}

void process_allow_descriptors(void) {
    struct rlimit limit = {0, 0};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

// Of what threads free, each arena keeps some: eight a processor are the usual, two serve as well.
// A block that librdkafka or zstd take for a moment stays within the arena: mapping each anew would
// cost a tenth of the processor time in page faults.
void process_bound_memory(void) {
    mallopt(M_ARENA_MAX, ARENAS);
    mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    mallopt(M_TRIM_THRESHOLD, SPARE_BYTES);
}

void process_give_back_memory(void) { malloc_trim(SPARE_BYTES); }
