/* interrupt.h - signals: the first Ctrl-C ends the work in order, the second at once. */
#ifndef SEG_CLI_INTERRUPT_H
#define SEG_CLI_INTERRUPT_H

#include <stdbool.h>

/* Also lets writes to a closed pipe fail instead of ending the process. */
void seg_interrupt_watch(void);
bool seg_interrupt_came(void);

#endif
