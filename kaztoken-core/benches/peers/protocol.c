/* The line protocol of the programs that `cargo xtask bench gost` runs side by side.
 *
 *   list                       "has SUBJECT OPERATION" for each, then "."
 *   version                    the library's version
 *   public CURVE               x and y, highest octet first, in hexadecimal digits
 *   sign CURVE                 a signature r, s of the shared digest by the shared key
 *   accept CURVE RS            "ok" when this is a good signature, which "verify" then takes; otherwise "bad"
 *   secret CURVE               what the key agrees on with its own public key
 *   digest HASH OCTETS         the digest of the message of so many octets
 *   time SUBJECT OPERATION MS  nanoseconds of one operation, the mean over at least MS milliseconds
 *   once SUBJECT OPERATION     "ok"; runs it once unseen and once inside `counted_operation`, for callgrind
 *
 * Commands come from standard input, or one from the command line. What is asked wrongly ends the program.
 */
#define _POSIX_C_SOURCE 200809L
#include "protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CURVE_OCTETS = 64, MESSAGE_OCTETS = 1 << 20 };

static uint8_t message[MESSAGE_OCTETS];
static size_t message_length;
static const struct subject *current_curve;
static const uint8_t ukm[] = {0x1d, 0x80, 0x60, 0x3c, 0x85, 0x44, 0xc7, 0x27};
static const char *const curve_operations[] = {"keygen", "sign", "verify", NULL};
static const char *const agreement_operations[] = {"agree", NULL};
static const char *const hash_operations[] = {"64", "1024", "1048576", NULL};

void die(const char *why)
{
    fprintf(stderr, "%s\n", why);
    _Exit(1); /* without the libraries' clean-up, which is no subject here */
}

uint64_t cheap_random(void)
{
    static uint64_t state = 5;
    uint64_t mixed = state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

static const struct subject *find(const struct subject *list, const char *name)
{
    for (; list->name; list++)
        if (name && strcmp(list->name, name) == 0)
            return list;
    return NULL;
}

static void use_curve(const char *name)
{
    const struct subject *curve = find(peer_curves, name);
    if (!curve)
        die("no such curve");
    if (curve == current_curve)
        return;
    uint8_t d[CURVE_OCTETS], digest[CURVE_OCTETS];
    for (int i = 0; i < CURVE_OCTETS; i++) {
        d[i] = (uint8_t)(i + 1);
        digest[i] = (uint8_t)(i + 0x20);
    }
    peer_use_key(curve, d, digest);
    current_curve = curve;
}

static int hash_operation(void)
{
    uint8_t digest[CURVE_OCTETS];
    peer_hash(message, message_length, digest);
    return 1;
}

static int agree_operation(void)
{
    uint8_t secret[CURVE_OCTETS];
    return peer_agree(ukm, sizeof ukm, secret);
}

typedef int (*operation)(void);

/* Makes ready what is named; what is returned then only has to be called. */
static operation prepare(const char *subject, const char *name)
{
    const struct subject *hash = find(peer_hashes, subject);
    if (!name)
        die("no operation given");
    if (hash) {
        message_length = strtoul(name, NULL, 10);
        if (message_length > MESSAGE_OCTETS)
            die("the message is not that long");
        peer_use_hash(hash);
        return hash_operation;
    }
    use_curve(subject);
    if (strcmp(name, "keygen") == 0)
        return peer_keygen;
    if (strcmp(name, "sign") == 0)
        return peer_sign;
    if (strcmp(name, "verify") == 0)
        return peer_verify;
    if (strcmp(name, "agree") == 0 && peer_has_agreement)
        return agree_operation;
    die("no such operation");
    return NULL;
}

/* What callgrind counts; it knows it by this name. */
__attribute__((noinline)) int counted_operation(operation run)
{
    int ok = run();
    __asm__ volatile("" ::: "memory"); /* not a tail call */
    return ok;
}

/* Processor time of this process in nanoseconds: time that other programs take is not in it. */
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double nanoseconds(operation run, double at_least)
{
    unsigned long done = 0, batch = 1;
    double begin = now(), spent = 0;
    while (spent < at_least) {
        for (unsigned long i = 0; i < batch; i++)
            if (!run())
                die("the operation failed");
        done += batch;
        spent = now() - begin;
        if (spent < at_least / 16)
            batch *= 2;
    }
    return spent / (double)done;
}

static void print_hex(const uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++)
        printf("%02x", octets[i]);
}

static void read_hex(const char *text, uint8_t *octets, size_t length)
{
    if (!text || strlen(text) != 2 * length)
        die("a signature has another length");
    for (size_t i = 0; i < length; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], 0};
        octets[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

static void list(const struct subject *subjects, const char *const *operations)
{
    for (; subjects->name; subjects++)
        for (int i = 0; operations[i]; i++)
            printf("has %s %s\n", subjects->name, operations[i]);
}

static void answer(char *line)
{
    const char *word = strtok(line, " \n");
    const char *subject = strtok(NULL, " \n");
    const char *argument = strtok(NULL, " \n");
    const char *last = strtok(NULL, " \n");
    uint8_t a[2 * CURVE_OCTETS], b[CURVE_OCTETS];
    if (!word)
        return;
    if (strcmp(word, "list") == 0) {
        list(peer_curves, curve_operations);
        if (peer_has_agreement)
            list(peer_curves, agreement_operations);
        list(peer_hashes, hash_operations);
        puts(".");
    } else if (strcmp(word, "version") == 0) {
        puts(peer_version());
    } else if (strcmp(word, "public") == 0) {
        use_curve(subject);
        peer_public_key(a, b);
        print_hex(a, current_curve->octets);
        print_hex(b, current_curve->octets);
        puts("");
    } else if (strcmp(word, "sign") == 0) {
        use_curve(subject);
        if (!peer_sign())
            die("signing failed");
        peer_last_signature(a, b);
        print_hex(a, current_curve->octets);
        print_hex(b, current_curve->octets);
        puts("");
    } else if (strcmp(word, "accept") == 0) {
        use_curve(subject);
        read_hex(argument, a, 2 * current_curve->octets);
        peer_set_signature(a, a + current_curve->octets);
        puts(peer_verify() ? "ok" : "bad");
    } else if (strcmp(word, "secret") == 0) {
        use_curve(subject);
        if (!peer_has_agreement || !peer_agree(ukm, sizeof ukm, a))
            die("no agreement");
        print_hex(a, 32);
        puts("");
    } else if (strcmp(word, "digest") == 0) {
        operation hash = prepare(subject, argument);
        if (hash != hash_operation)
            die("not a hash function");
        peer_hash(message, message_length, a);
        print_hex(a, find(peer_hashes, subject)->octets);
        puts("");
    } else if (strcmp(word, "time") == 0) {
        operation run = prepare(subject, argument);
        printf("%.1f\n", nanoseconds(run, strtod(last ? last : "100", NULL) * 1e6));
    } else if (strcmp(word, "once") == 0) {
        operation run = prepare(subject, argument);
        puts(run() && counted_operation(run) ? "ok" : "failed");
    } else {
        die("no such command");
    }
    fflush(stdout);
}

int main(int count, char **words)
{
    char line[1024] = "";
    for (size_t i = 0; i < MESSAGE_OCTETS; i++)
        message[i] = (uint8_t)(i % 251);
    peer_start();
    for (int i = 1; i < count; i++) {
        strncat(line, words[i], sizeof line - strlen(line) - 1);
        strncat(line, " ", sizeof line - strlen(line) - 1);
    }
    if (count > 1)
        answer(line);
    else
        while (fgets(line, sizeof line, stdin))
            answer(line);
    fflush(stdout);
    _Exit(0);
}
