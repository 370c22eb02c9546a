/*
 * driver.c - runs a fuzz target on files, where there is no libFuzzer
 *
 * Arguments are files, or folders whose files are taken. So every input that
 * once was interesting stays a test.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

enum { INPUT_MAX = 4 * 1024 * 1024 }; /* bytes of one input */

static size_t inputs;

static bool run_file(const char *path)
{
    FILE *file = fopen(path, "rbe");
    uint8_t *data = malloc(INPUT_MAX);

    if (!file || !data) {
        perror(path);
        free(data);
        if (file) {
            (void)fclose(file);
        }
        return false;
    }
    size_t size = fread(data, 1, INPUT_MAX, file);
    (void)fclose(file);
    /* Exactly its size, so that the sanitizer sees one byte too far. */
    uint8_t *exact = malloc(size ? size : 1);
    if (exact) {
        memcpy(exact, data, size);
        (void)LLVMFuzzerTestOneInput(exact, size);
    }
    free(exact);
    free(data);
    inputs++;
    return exact != NULL;
}

static bool run_folder(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *found;
    bool good = folder != NULL;

    while (good && (found = readdir(folder)) != NULL) {
        char *name = NULL;
        if (found->d_name[0] == '.') {
            continue;
        }
        good = asprintf(&name, "%s/%s", path, found->d_name) >= 0 &&
               run_file(name);
        free(name);
    }
    if (folder) {
        (void)closedir(folder);
    }
    return good;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat status;
        if (stat(argv[i], &status) != 0) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        if (!(S_ISDIR(status.st_mode) ? run_folder : run_file)(argv[i])) {
            return EXIT_FAILURE;
        }
    }
    (void)printf("%zu inputs\n", inputs);
    return inputs > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
