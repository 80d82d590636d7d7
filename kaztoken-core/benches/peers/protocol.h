/* What a program that times another library has in common with the others: the inputs and the line protocol.
 *
 * Each library's program defines the functions declared below; protocol.c has `main` and describes the
 * protocol, which is that of our own program (benches/gost.rs) too.
 */
#ifndef KAZTOKEN_BENCH_PROTOCOL_H
#define KAZTOKEN_BENCH_PROTOCOL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A curve or a hash function by the name that the table has for it and by the library's own. */
struct subject {
    const char *name;
    size_t octets; /* of a coordinate, or of the digest */
    const char *native;
};

/* What the library has; each list ends with a name that is NULL. */
extern const struct subject peer_curves[];
extern const struct subject peer_hashes[];

/* The library's version as it says it itself. */
const char *peer_version(void);

/* Makes everything that the library needs; ends the program with `die` when it cannot. */
void peer_start(void);

/* Makes the private key d (highest octet first), its public key and the digest the current ones. */
void peer_use_key(const struct subject *curve, const uint8_t *d, const uint8_t *digest);
/* The current public key's coordinates, highest octet first. */
void peer_public_key(uint8_t *x, uint8_t *y);
/* The signature that `peer_verify` checks from now on, highest octet first. */
void peer_set_signature(const uint8_t *r, const uint8_t *s);
/* The signature that `peer_sign` made last. */
void peer_last_signature(uint8_t *r, uint8_t *s);

/* The operations. They return 1 when they succeed. */
int peer_keygen(void);
int peer_sign(void);
int peer_verify(void);
/* VKO_GOSTR3410_2012_256 (RFC 7836 section 4.3.1) of the current key with its own public key; where there is
 * none, `peer_has_agreement` is 0. */
extern const int peer_has_agreement;
int peer_agree(const uint8_t *ukm, size_t length, uint8_t *secret);

/* Makes a hash function the current one, and hashes a message with it. */
void peer_use_hash(const struct subject *hash);
void peer_hash(const uint8_t *message, size_t length, uint8_t *digest);

/* Prints why and ends the program. */
void die(const char *why);
/* The next number of a generator that costs nothing and repeats itself: only for measuring. */
uint64_t cheap_random(void);

#ifdef __cplusplus
}
#endif
#endif
