#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t came;
static int nothing = -1; /* /dev/null */

/* Puts the end of input in the place of standard input, under all the numbers that it is read by: whoever
 * waits for it, and would wait again after a signal, then reads its end. */
static void input_end(void) {
    enum { MOST_DESCRIPTORS = 64 };
    struct stat input, other;
    if (nothing < 0 || fstat(STDIN_FILENO, &input) != 0) return;
    for (int i = MOST_DESCRIPTORS - 1; i >= 0; i--)
        if (i != nothing && i != STDOUT_FILENO && i != STDERR_FILENO && fstat(i, &other) == 0 &&
            other.st_dev == input.st_dev && other.st_ino == input.st_ino)
            dup2(nothing, i);
}

static void on_interrupt(int signal_number) {
    (void)signal_number;
    int kept = errno;
    came = 1;
    input_end();
    errno = kept;
}

void seg_interrupt_watch(void) {
    nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct sigaction action = {0};
    action.sa_handler = on_interrupt;
    action.sa_flags = (int)SA_RESETHAND; /* no SA_RESTART: a read that waits comes back */
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    action.sa_flags = 0;
    sigaction(SIGPIPE, &action, NULL);
}

bool seg_interrupt_came(void) { return came != 0; }
