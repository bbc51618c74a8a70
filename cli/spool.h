/* spool.h - standard input kept in a file, for work that reads it twice. */
#ifndef SEG_CLI_SPOOL_H
#define SEG_CLI_SPOOL_H

typedef struct seg_spool {
    char *path; /* NULL: nothing was kept */
} seg_spool;

/* Copies standard input to a file of its own and puts its path where paths[] has "-". The file is gone
 * after seg_spool_free. Gives an exit code. */
int seg_spool_input(seg_spool *spool, const char **paths, unsigned long count);
void seg_spool_free(seg_spool *spool);

#endif
