/* Nettle: CryptoPro-A and tc26-512-A. "keygen" is d G; "sign" draws its nonce from the cheap generator. */
#include "protocol.h"

#include <nettle/dsa.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>
#include <nettle/gostdsa.h>
#include <nettle/gosthash94.h>
#include <nettle/streebog.h>
#include <nettle/version.h>
#include <stdio.h>
#include <string.h>

const struct subject peer_curves[] = {
    {"CryptoPro-A", 32, "gc256b"},
    {"tc26-512-A", 64, "gc512a"},
    {NULL, 0, NULL},
};

const struct subject peer_hashes[] = {
    {"Streebog-256", 32, "256"},
    {"Streebog-512", 64, "512"},
    {"GOST94-CryptoPro", 32, "94cp"},
    {"GOST94-test", 32, "94"},
    {NULL, 0, NULL},
};

static const struct subject *curve;
static struct ecc_scalar key;
static struct ecc_point public_key, product;
static struct dsa_signature made, checked;
static uint8_t digest[64];
static const struct subject *hash;

const char *peer_version(void)
{
    static char version[32];
    snprintf(version, sizeof version, "%d.%d", NETTLE_VERSION_MAJOR, NETTLE_VERSION_MINOR);
    return version;
}

void peer_start(void)
{
    dsa_signature_init(&made);
    dsa_signature_init(&checked);
}

static void random_octets(void *context, size_t length, uint8_t *octets)
{
    (void)context;
    while (length > 0) {
        uint64_t number = cheap_random();
        size_t piece = length < sizeof number ? length : sizeof number;
        memcpy(octets, &number, piece);
        octets += piece;
        length -= piece;
    }
}

static void import(mpz_t number, const uint8_t *octets, size_t length)
{
    mpz_import(number, length, 1, 1, 1, 0, octets);
}

static void export(uint8_t *octets, size_t length, const mpz_t number)
{
    size_t used = (mpz_sizeinbase(number, 2) + 7) / 8;
    memset(octets, 0, length);
    mpz_export(octets + length - used, NULL, 1, 1, 1, 0, number);
}

void peer_use_key(const struct subject *wanted, const uint8_t *d, const uint8_t *octets)
{
    const struct ecc_curve *ecc =
        wanted->octets == 32 ? nettle_get_gost_gc256b() : nettle_get_gost_gc512a();
    mpz_t number;
    mpz_init(number);
    if (curve) {
        ecc_scalar_clear(&key);
        ecc_point_clear(&public_key);
        ecc_point_clear(&product);
    }
    curve = wanted;
    ecc_scalar_init(&key, ecc);
    ecc_point_init(&public_key, ecc);
    ecc_point_init(&product, ecc);
    import(number, d, curve->octets);
    if (!ecc_scalar_set(&key, number))
        die("the private key is not in range");
    mpz_clear(number);
    ecc_point_mul_g(&public_key, &key);
    memcpy(digest, octets, curve->octets);
    if (!peer_sign())
        die("signing failed");
    mpz_set(checked.r, made.r);
    mpz_set(checked.s, made.s);
}

void peer_public_key(uint8_t *x, uint8_t *y)
{
    mpz_t a, b;
    mpz_inits(a, b, NULL);
    ecc_point_get(&public_key, a, b);
    export(x, curve->octets, a);
    export(y, curve->octets, b);
    mpz_clears(a, b, NULL);
}

void peer_set_signature(const uint8_t *r, const uint8_t *s)
{
    import(checked.r, r, curve->octets);
    import(checked.s, s, curve->octets);
}

void peer_last_signature(uint8_t *r, uint8_t *s)
{
    export(r, curve->octets, made.r);
    export(s, curve->octets, made.s);
}

int peer_keygen(void)
{
    ecc_point_mul_g(&product, &key);
    return 1;
}

int peer_sign(void)
{
    gostdsa_sign(&key, NULL, random_octets, curve->octets, digest, &made);
    return 1;
}

int peer_verify(void)
{
    return gostdsa_verify(&public_key, curve->octets, digest, &checked);
}

const int peer_has_agreement = 1;

int peer_agree(const uint8_t *ukm, size_t length, uint8_t *secret)
{
    uint8_t point[128];
    struct streebog256_ctx state;
    gostdsa_vko(&key, &public_key, length, ukm, point);
    streebog256_init(&state);
    streebog256_update(&state, 2 * curve->octets, point);
    streebog256_digest(&state, 32, secret);
    return 1;
}

void peer_use_hash(const struct subject *wanted)
{
    hash = wanted;
}

void peer_hash(const uint8_t *message, size_t length, uint8_t *out)
{
    if (strcmp(hash->native, "256") == 0) {
        struct streebog256_ctx state;
        streebog256_init(&state);
        streebog256_update(&state, length, message);
        streebog256_digest(&state, 32, out);
    } else if (strcmp(hash->native, "512") == 0) {
        struct streebog512_ctx state;
        streebog512_init(&state);
        streebog512_update(&state, length, message);
        streebog512_digest(&state, 64, out);
    } else if (strcmp(hash->native, "94cp") == 0) {
        struct gosthash94cp_ctx state;
        gosthash94cp_init(&state);
        gosthash94cp_update(&state, length, message);
        gosthash94cp_digest(&state, 32, out);
    } else {
        struct gosthash94_ctx state;
        gosthash94_init(&state);
        gosthash94_update(&state, length, message);
        gosthash94_digest(&state, 32, out);
    }
}
