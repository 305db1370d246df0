// SPDX-License-Identifier: Apache-2.0
#include "regions.h"

#include "common/log.h"

struct region *regions_example(void) {
    static struct region *region;
    struct error error = {.text = ""};
    if (region == NULL && region_load(&region, "deploy/region/example", &error) != RC_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    log_init("fuzz", LOG_ERROR);
    return region;
}

struct region_book *regions_book(void) {
    static struct region_book *book;
    if (book == NULL && region_book_borrow(&book, regions_example(), NULL) != RC_OK) {
        abort();
    }
    return book;
}
