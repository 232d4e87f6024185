/* The key's file, numbers at rest, and the store over both databases. */
#include <fcntl.h>

#include "tests/unit/store_kit.h"

static void a_key_is_made_once_and_kept_to_oneself(void **state)
{
    (void)state;
    char path[128];
    struct an_secret a, b;
    struct stat about;
    struct an_error error = { "" };
    snprintf(path, sizeof path, "%s/%u.key", kit.folder, kit.serial);
    assert_int_equal(an_secret_load(path, &a, &error), AN_OK);
    assert_int_equal(an_secret_load(path, &b, &error), AN_OK);
    assert_memory_equal(&a, &b, sizeof a);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(an_secret_load(path, &b, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "chmod 600"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(truncate(path, 31), 0);
    assert_int_equal(an_secret_load(path, &b, &error), AN_ERR_INVALID);
}

static void a_number_is_found_by_key_and_read_from_its_box(void **state)
{
    (void)state;
    uint8_t one[AN_NUMBER_KEY_BYTES], two[AN_NUMBER_KEY_BYTES], box[AN_NUMBER_BOX_MAX], other_box[AN_NUMBER_BOX_MAX];
    uint8_t bytes[32] = { 9 };
    struct an_secret other;
    an_number number = 8613800138000, back = 0;
    an_secret_of_bytes(bytes, &other);
    an_secret_key_of_number(&kit.secret, number, one);
    an_secret_key_of_number(&kit.secret, number, two);
    assert_memory_equal(one, two, sizeof one);
    an_secret_key_of_number(&kit.secret, number + 1, two);
    assert_memory_not_equal(one, two, sizeof one);
    an_secret_key_of_number(&other, number, two);
    assert_memory_not_equal(one, two, sizeof one);
    size_t len = an_secret_seal_number(&kit.secret, number, box);
    assert_int_equal(an_secret_seal_number(&kit.secret, number, other_box), len);
    assert_memory_not_equal(box, other_box, len); /* twice the same number does not show */
    struct an_slice sealed = { (const char *)box, len };
    assert_int_equal(an_secret_open_number(&kit.secret, sealed, &back), AN_OK);
    assert_true(back == number);
    assert_int_equal(an_secret_open_number(&other, sealed, &back), AN_ERR_CORRUPT);
    for (size_t i = 0; i < len; i++) {
        box[i] ^= 1;
        assert_int_equal(an_secret_open_number(&kit.secret, sealed, &back), AN_ERR_CORRUPT);
        box[i] ^= 1;
        assert_int_equal(an_secret_open_number(&kit.secret, (struct an_slice) { sealed.at, i }, &back), AN_ERR_CORRUPT);
    }
}

static void purposes_do_not_meet(void **state)
{
    (void)state;
    uint8_t a[AN_SECRET_HASH_BYTES], b[AN_SECRET_HASH_BYTES];
    an_secret_hash(&kit.secret, AN_SECRET_SESSION, "x", 1, a);
    an_secret_hash(&kit.secret, AN_SECRET_CSRF, "x", 1, b);
    assert_memory_not_equal(a, b, sizeof a);
    char text[33], other[33];
    an_secret_random_text(20, text);
    an_secret_random_text(20, other);
    assert_int_equal(strlen(text), 32);
    assert_int_equal(strspn(text, "abcdefghijklmnopqrstuvwxyz234567"), 32);
    assert_string_not_equal(text, other);
}

static struct an_store_options store_options(const char *folder)
{
    mkdir(folder, 0700);
    return (struct an_store_options) { .data_dir = folder, .url = kit.url, .wait = true };
}

static void a_store_under_another_key_is_refused(void **state)
{
    (void)state;
    char folder[128], key[160];
    struct an_store *store;
    struct an_error error = { "" };
    snprintf(folder, sizeof folder, "%s/%u", kit.folder, kit.serial);
    struct an_store_options options = store_options(folder);
    assert_int_equal(an_store_start(&options, &store, &error), AN_OK);
    assert_true(an_store_up(store));
    an_store_stop(store);
    assert_int_equal(an_store_start(&options, &store, &error), AN_OK);
    an_store_stop(store);
    snprintf(key, sizeof key, "%s/other.key", folder);
    options.key_file = key;
    assert_int_equal(an_store_start(&options, &store, &error), AN_ERR_INVALID);
    assert_non_null(strstr(error.text, "another key"));
}

/* The database can't be made while its folder is missing; the store comes up by itself once it can. */
static void a_broken_store_comes_up_later(void **state)
{
    (void)state;
    char folder[128];
    struct an_store *store;
    struct an_db_session *session;
    struct an_error error = { "" };
    snprintf(folder, sizeof folder, "%s/late-%u", kit.folder, kit.serial);
    struct an_store_options options = { .data_dir = folder, .url = kit.url };
    assert_int_equal(an_store_start(&options, &store, &error), AN_OK);
    assert_false(an_store_up(store));
    assert_int_equal(an_store_take(store, &session, &error), AN_ERR_IO);
    assert_int_equal(mkdir(folder, 0700), 0);
    for (int i = 0; i < 600 && !an_store_up(store); i++) usleep(100000);
    assert_int_equal(an_store_take(store, &session, &error), AN_OK);
    an_db_give(session);
    an_store_stop(store);
    options.data_dir = "/dev/null"; /* and stops while it is trying */
    assert_int_equal(an_store_start(&options, &store, &error), AN_OK);
    an_store_stop(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_made_once_and_kept_to_oneself),
        cmocka_unit_test(a_number_is_found_by_key_and_read_from_its_box),
        cmocka_unit_test(purposes_do_not_meet),
        cmocka_unit_test(a_store_under_another_key_is_refused),
        cmocka_unit_test(a_broken_store_comes_up_later),
    };
    return store_kit_run_named("store_secret", tests, sizeof tests / sizeof tests[0]);
}
