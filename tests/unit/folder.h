/* The folder of a test: taken away with all that is in it. */
#ifndef ANNING_TESTS_FOLDER_H
#define ANNING_TESTS_FOLDER_H

#include <ftw.h>
#include <stdio.h>

static inline int folder_drop_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info, (void)kind, (void)at;
    return remove(path);
}

/* 0, or what could not be removed stays. */
static inline int folder_drop(const char *dir)
{
    return nftw(dir, folder_drop_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
