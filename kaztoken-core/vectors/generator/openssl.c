/* Answers questions with OpenSSL's GOST engine. A question is a line of words on standard input, octets in
 * hexadecimal with "-" for none; an answer is a line on standard output.
 *
 *   verify SPKI DIGEST SIGNATURE   key (not taken), yes, no
 *   digest NAME MESSAGE            the digest
 *   hmac NAME KEY MESSAGE          the code
 */
#define _GNU_SOURCE
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct octets {
    unsigned char *at;
    size_t len;
};

static void fail(const char *why)
{
    fprintf(stderr, "openssl: %s\n", why);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static unsigned char digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c == 0 ? NULL : strchr(digits, c);
    if (found == NULL)
        fail("not hexadecimal");
    return (unsigned char)(found - digits);
}

static struct octets word(char **rest)
{
    struct octets octets = {NULL, 0};
    char *digits = strsep(rest, " ");
    if (digits == NULL)
        fail("a word is missing");
    octets.at = malloc(strlen(digits) + 1);
    if (octets.at == NULL)
        fail("no memory");
    if (strcmp(digits, "-") != 0) {
        for (; digits[0] != 0; digits += 2)
            octets.at[octets.len++] = (unsigned char)(digit(digits[0]) << 4 | digit(digits[1]));
    }
    return octets;
}

static void print(const unsigned char *octets, size_t len)
{
    for (size_t i = 0; i < len; i++)
        printf("%02x", octets[i]);
    printf("\n");
}

static void verify(ENGINE *engine, char *rest)
{
    struct octets spki = word(&rest), digest = word(&rest), signature = word(&rest);
    const unsigned char *at = spki.at;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.len);
    const char *answer = "key";
    if (key != NULL && EVP_PKEY_id(key) != EVP_PKEY_NONE) {
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, engine);
        answer = "no";
        if (context == NULL || EVP_PKEY_verify_init(context) <= 0)
            answer = "key";
        else if (EVP_PKEY_verify(context, signature.at, signature.len, digest.at, digest.len) == 1)
            answer = "yes";
        EVP_PKEY_CTX_free(context);
    }
    EVP_PKEY_free(key);
    ERR_clear_error();
    printf("%s\n", answer);
    free(spki.at);
    free(digest.at);
    free(signature.at);
}

static const EVP_MD *algorithm(char **rest)
{
    const char *name = strsep(rest, " ");
    const EVP_MD *md = name == NULL ? NULL : EVP_get_digestbyname(name);
    if (md == NULL)
        fail("no such digest");
    return md;
}

static void digest(ENGINE *engine, char *rest)
{
    const EVP_MD *md = algorithm(&rest);
    struct octets message = word(&rest);
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    if (EVP_Digest(message.at, message.len, out, &len, md, engine) != 1)
        fail("digest");
    print(out, len);
    free(message.at);
}

static void hmac(char *rest)
{
    const EVP_MD *md = algorithm(&rest);
    struct octets key = word(&rest), message = word(&rest);
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    if (HMAC(md, key.at, (int)key.len, message.at, message.len, out, &len) == NULL)
        fail("hmac");
    print(out, len);
    free(key.at);
    free(message.at);
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    ENGINE_load_builtin_engines();
    ENGINE *engine = ENGINE_by_id("gost");
    if (engine == NULL || !ENGINE_init(engine) || !ENGINE_set_default(engine, ENGINE_METHOD_ALL))
        fail("the GOST engine is missing");
    while ((len = getline(&line, &size, stdin)) > 0) {
        char *rest = line;
        if (line[len - 1] == '\n')
            line[len - 1] = 0;
        char *question = strsep(&rest, " ");
        if (strcmp(question, "verify") == 0)
            verify(engine, rest);
        else if (strcmp(question, "digest") == 0)
            digest(engine, rest);
        else if (strcmp(question, "hmac") == 0)
            hmac(rest);
        else
            fail("unknown question");
    }
    free(line);
    return 0;
}
