/*
 * client_main.c - `client SCENE BASE FOLDER`
 */
#include "tests/preload/client.h"

#include <stdio.h>
#include <string.h>

static const struct client_scene scenes[] = {
#define CLIENT_SCENE(name, plain, cold, warm, env) {#name, client_scene_##name},
#include "tests/preload/scenes.def"
#undef CLIENT_SCENE
};

int main(int argc, char **argv)
{
    static char buffer[1 << 20];

    if (argc != 4) {
        fprintf(stderr, "usage: %s SCENE BASE FOLDER\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
        if (strcmp(scenes[i].name, argv[1]) == 0) {
            struct client client = {.base = argv[2], .folder = argv[3]};

            curl_global_init(CURL_GLOBAL_DEFAULT);
            scenes[i].play(&client);
            curl_global_cleanup();
            printf("end\n");
            return 0;
        }
    }
    fprintf(stderr, "no scene %s\n", argv[1]);
    return 2;
}
