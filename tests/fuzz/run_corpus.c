/* Runs a fuzz target over the files of a folder, without libFuzzer: every committed input, every time. Each file is
 * also tried cut at a few lengths. Fails when the folder is missing or empty. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

enum { FILE_MAX = 4 << 20 };

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(FILE_MAX);
    if (file == NULL || bytes == NULL) {
        fprintf(stderr, "%s: can't be read\n", path);
        return -1;
    }
    size_t len = fread(bytes, 1, FILE_MAX, file);
    fclose(file);
    for (size_t part = 0; part <= 8; part++) {
        /* An allocation of exactly this size, so that a sanitizer sees each byte read beyond it. */
        size_t cut = len * part / 8;
        uint8_t *copy = malloc(cut == 0 ? 1 : cut);
        for (size_t i = 0; i < cut; i++) copy[i] = bytes[i];
        LLVMFuzzerTestOneInput(copy, cut);
        free(copy);
    }
    free(bytes);
    return 0;
}

int main(int argc, char **argv)
{
    int files = 0;
    if (LLVMFuzzerInitialize != NULL) LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        const struct dirent *entry;
        while (folder != NULL && (entry = readdir(folder)) != NULL) {
            char path[4096];
            if (entry->d_name[0] == '.') continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            if (run_file(path) != 0) return 1;
            files++;
        }
        if (folder != NULL) closedir(folder);
    }
    printf("%d files\n", files);
    return files > 0 ? 0 : 1;
}
