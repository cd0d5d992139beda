/* What special functions share: how they are declared, and constants. */
#ifndef AOTI_KERNEL_SPECIAL_PARTS_H
#define AOTI_KERNEL_SPECIAL_PARTS_H

#define AOTI__S static __attribute__((unused, noinline)) double
#define AOTI__SINF __builtin_inf()
#define AOTI__SNAN __builtin_nan("")
#define AOTI__SPI 3.14159265358979323846
#define AOTI__SEULER 0.57721566490153286061

extern double j0(double), j1(double), y0(double), y1(double), lgamma_r(double, int*);
#endif
