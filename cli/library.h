/* library.h - shared libraries whose functions rules may call, as the command line allows them. */
#ifndef SEG_CLI_LIBRARY_H
#define SEG_CLI_LIBRARY_H

#include "workspace.h"

/* Loads the libraries of --native that the image asks for, and binds their functions. Gives an exit code;
 * that of a wrong call when a function is asked for whose library was not allowed. */
int seg_library_bind(seg_workspace *workspace, const seg_arguments *arguments);

#endif
