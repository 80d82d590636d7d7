/* libgcrypt. "keygen" is d G and its affine coordinates, as its own key generation also runs a self test.
 * "sign" draws its nonce from libgcrypt's own generator.
 */
#include "protocol.h"

#include <gcrypt.h>
#include <string.h>

/* Version 1.10 has no tc26-256-A. */
const struct subject peer_curves[] = {
    {"CryptoPro-A", 32, "GOST2001-CryptoPro-A"},
    {"CryptoPro-B", 32, "GOST2001-CryptoPro-B"},
    {"CryptoPro-C", 32, "GOST2001-CryptoPro-C"},
    {"tc26-512-A", 64, "GOST2012-512-tc26-A"},
    {"tc26-512-B", 64, "GOST2012-512-tc26-B"},
    {"tc26-512-C", 64, "GOST2012-512-tc26-C"},
    {NULL, 0, NULL},
};

const struct subject peer_hashes[] = {
    {"Streebog-256", 32, "STRIBOG256"},
    {"Streebog-512", 64, "STRIBOG512"},
    {"GOST94-CryptoPro", 32, "GOSTR3411_CP"},
    {"GOST94-test", 32, "GOSTR3411_94"},
    {NULL, 0, NULL},
};

static const struct subject *curve;
static gcry_ctx_t context;
static gcry_mpi_t scalar;
static gcry_mpi_point_t generator, product;
static gcry_sexp_t private_key, public_key, data, made, checked;
static uint8_t coordinates[2][64];
static gcry_md_hd_t hashing;

const char *peer_version(void)
{
    return gcry_check_version(NULL);
}

void peer_start(void)
{
    if (!gcry_check_version(NULL))
        die("libgcrypt does not start");
    gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
    gcry_control(GCRYCTL_ENABLE_QUICK_RANDOM, 0);
    gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
}

static void must(gcry_error_t error)
{
    if (error)
        die(gcry_strerror(error));
}

static int multiply(gcry_mpi_t x, gcry_mpi_t y)
{
    gcry_mpi_ec_mul(product, scalar, generator, context);
    return gcry_mpi_ec_get_affine(x, y, product, context) == 0;
}

/* Octets of one number, highest first, at the end of their place. */
static void export(uint8_t *place, size_t octets, gcry_mpi_t number)
{
    size_t used = 0;
    memset(place, 0, octets);
    used = (gcry_mpi_get_nbits(number) + 7) / 8;
    must(gcry_mpi_print(GCRYMPI_FMT_USG, place + octets - used, used, NULL, number));
}

void peer_use_key(const struct subject *wanted, const uint8_t *d, const uint8_t *octets)
{
    int length = (int)wanted->octets;
    uint8_t point[129] = {4}, reversed[64];
    curve = wanted;
    gcry_ctx_release(context);
    gcry_mpi_release(scalar);
    gcry_mpi_point_release(generator);
    gcry_mpi_point_release(product);
    must(gcry_mpi_ec_new(&context, NULL, curve->native));
    must(gcry_mpi_scan(&scalar, GCRYMPI_FMT_USG, d, curve->octets, NULL));
    generator = gcry_mpi_ec_get_point("g", context, 1);
    product = gcry_mpi_point_new(0);
    gcry_mpi_t x = gcry_mpi_new(0), y = gcry_mpi_new(0);
    if (!multiply(x, y))
        die("d G is not a point");
    export(coordinates[0], curve->octets, x);
    export(coordinates[1], curve->octets, y);
    gcry_mpi_release(x);
    gcry_mpi_release(y);
    memcpy(point + 1, coordinates[0], curve->octets);
    memcpy(point + 1 + curve->octets, coordinates[1], curve->octets);

    gcry_sexp_release(private_key);
    gcry_sexp_release(public_key);
    gcry_sexp_release(data);
    must(gcry_sexp_build(&private_key, NULL, "(private-key(ecc(curve %s)(flags gost)(q %b)(d %b)))",
                         curve->native, 2 * length + 1, point, length, d));
    must(gcry_sexp_build(&public_key, NULL, "(public-key(ecc(curve %s)(flags gost)(q %b)))", curve->native,
                         2 * length + 1, point));
    /* It takes the number e, the highest octet first. */
    for (int i = 0; i < length; i++)
        reversed[i] = octets[length - 1 - i];
    must(gcry_sexp_build(&data, NULL, "(data(flags gost)(value %b))", length, reversed));
    if (!peer_sign())
        die("signing failed");
    gcry_sexp_release(checked);
    must(gcry_sexp_build(&checked, NULL, "%S", made));
}

void peer_public_key(uint8_t *x, uint8_t *y)
{
    memcpy(x, coordinates[0], curve->octets);
    memcpy(y, coordinates[1], curve->octets);
}

void peer_set_signature(const uint8_t *r, const uint8_t *s)
{
    int length = (int)curve->octets;
    gcry_sexp_release(checked);
    must(gcry_sexp_build(&checked, NULL, "(sig-val(gost(r %b)(s %b)))", length, r, length, s));
}

static void last(const char *token, uint8_t *place)
{
    gcry_sexp_t part = gcry_sexp_find_token(made, token, 0);
    gcry_mpi_t number = gcry_sexp_nth_mpi(part, 1, GCRYMPI_FMT_USG);
    export(place, curve->octets, number);
    gcry_mpi_release(number);
    gcry_sexp_release(part);
}

void peer_last_signature(uint8_t *r, uint8_t *s)
{
    last("r", r);
    last("s", s);
}

int peer_keygen(void)
{
    gcry_mpi_t x = gcry_mpi_new(0), y = gcry_mpi_new(0);
    int ok = multiply(x, y);
    gcry_mpi_release(x);
    gcry_mpi_release(y);
    return ok;
}

int peer_sign(void)
{
    gcry_sexp_release(made);
    return gcry_pk_sign(&made, data, private_key) == 0;
}

int peer_verify(void)
{
    return gcry_pk_verify(checked, data, public_key) == 0;
}

const int peer_has_agreement = 0;

int peer_agree(const uint8_t *ukm, size_t length, uint8_t *secret)
{
    (void)ukm, (void)length, (void)secret;
    return 0;
}

void peer_use_hash(const struct subject *wanted)
{
    gcry_md_close(hashing);
    must(gcry_md_open(&hashing, gcry_md_map_name(wanted->native), 0));
}

void peer_hash(const uint8_t *message, size_t length, uint8_t *out)
{
    gcry_md_reset(hashing);
    gcry_md_write(hashing, message, length);
    memcpy(out, gcry_md_read(hashing, 0), gcry_md_get_algo_dlen(gcry_md_get_algo(hashing)));
}
