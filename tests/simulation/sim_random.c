// SPDX-License-Identifier: Apache-2.0
// The one source of chance.
#include "sim_inside.h"

static uint64_t random_state[4];

// xoshiro256**, seeded by splitmix64 (Blackman, Vigna).
static uint64_t rotate(uint64_t x, int by) { return (x << by) | (x >> (64 - by)); }

uint64_t sim_random(void) {
    uint64_t *s = random_state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

void sim_random_begin(uint64_t seed) {
    for (int i = 0; i < 4; i++) {
        uint64_t z = (seed += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        random_state[i] = z ^ (z >> 31);
    }
}

uint32_t sim_below(uint32_t bound) { return (uint32_t)((sim_random() >> 32) * bound >> 32); }

bool sim_chance(uint32_t one_in) { return one_in != 0 && sim_below(one_in) == 0; }
