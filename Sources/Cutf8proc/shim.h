/* Only what is used: <utf8proc.h> includes <stdlib.h>, and the types of pthreads would then belong to this module. */
int utf8proc_charwidth(int codepoint);
