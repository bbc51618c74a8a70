#include "interrupt.h"

#include <signal.h>

static volatile sig_atomic_t came;

static void on_interrupt(int signal_number) {
    (void)signal_number;
    came = 1;
}

void seg_interrupt_watch(void) {
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
