/* The fast clock: every clock of libc runs RATE times faster, and every timeout of libc is RATE times shorter.
 *
 * Preloaded into the server under test, so that its 30 seconds take one (clock.py says when, and what is made of it).
 *
 *     cc -O2 -shared -fPIC -o fastclock.so fastclock.c -ldl
 *
 * Environment:
 *     FASTCLOCK       "RATE REAL MONO BOOT": the rate, and the three clocks in ns when the program was started. All
 *                     processes of its tree count from there: virtual = base + RATE * (real - base).
 *     FASTCLOCK_LOG   "FD DEVICE INODE": where a line "PID SECONDS FUNCTION" goes for each wait that was shortened, with
 *                     the seconds that were asked for. It is the proof that the clock reaches the program.
 *
 * Not reached: what enters the kernel without libc (Go, static programs). Not changed: /proc/uptime, file times, the
 * timers of TCP. 64-bit Linux with glibc. Nothing here allocates, and nothing may fail: a call that is not understood
 * is passed on as it is.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

typedef long long nanoseconds;
typedef struct timespec timespec;
typedef struct timeval timeval;

#define SECOND 1000000000LL
#define MILLISECOND 1000000LL
#define FOREVER 4000000000LL /* seconds; what some libraries write for it is more, and would overflow in ns */
#define MOST_LINES 4000 /* of one process: a loop that polls would fill a disk */

static double rate = 1;
static int fast; /* whether the environment asks for it */
static nanoseconds base_real, base_mono, base_boot;
static int log_fd = -1;
static unsigned long long log_device, log_inode;
static long lines_left = MOST_LINES;

/* ---- the functions behind ours ------------------------------------------------------------- */

static void *behind(void **known, const char *name, const char *version)
{
    if (!*known && version)
        *known = dlvsym(RTLD_NEXT, name, version); /* a plain look-up may give an older one of the same name */
    if (!*known)
        *known = dlsym(RTLD_NEXT, name);
    return *known;
}

/* Declares `real_NAME()`: the function that ours stands before; NULL where this libc has none. */
#define BEHIND_VERSION(result, name, version, ...)                                                                     \
    typedef result (*type_##name)(__VA_ARGS__);                                                                        \
    static type_##name real_##name(void)                                                                               \
    {                                                                                                                  \
        static void *known;                                                                                            \
        return (type_##name)behind(&known, #name, version);                                                            \
    }
#define BEHIND(result, name, ...) BEHIND_VERSION(result, name, NULL, __VA_ARGS__)

#ifdef __x86_64__
#define CONDITIONS "GLIBC_2.3.2"
#else
#define CONDITIONS NULL
#endif

BEHIND(int, clock_gettime, clockid_t, timespec *)
BEHIND(int, nanosleep, const timespec *, timespec *)
BEHIND(int, clock_nanosleep, clockid_t, int, const timespec *, timespec *)
BEHIND(int, ppoll, struct pollfd *, nfds_t, const timespec *, const sigset_t *)
BEHIND(int, select, int, fd_set *, fd_set *, fd_set *, timeval *)
BEHIND(int, pselect, int, fd_set *, fd_set *, fd_set *, const timespec *, const sigset_t *)
BEHIND(int, epoll_wait, int, struct epoll_event *, int, int)
BEHIND(int, epoll_pwait, int, struct epoll_event *, int, int, const sigset_t *)
BEHIND(int, epoll_pwait2, int, struct epoll_event *, int, const timespec *, const sigset_t *)
BEHIND(int, recvmmsg, int, struct mmsghdr *, unsigned, int, timespec *)
BEHIND(int, sigtimedwait, const sigset_t *, siginfo_t *, const timespec *)
BEHIND(int, sem_timedwait, sem_t *, const timespec *)
BEHIND(int, sem_clockwait, sem_t *, clockid_t, const timespec *)
BEHIND_VERSION(int, pthread_cond_timedwait, CONDITIONS, pthread_cond_t *, pthread_mutex_t *, const timespec *)
BEHIND(int, pthread_cond_clockwait, pthread_cond_t *, pthread_mutex_t *, clockid_t, const timespec *)
BEHIND(int, pthread_mutex_timedlock, pthread_mutex_t *, const timespec *)
BEHIND(int, pthread_mutex_clocklock, pthread_mutex_t *, clockid_t, const timespec *)
BEHIND(int, pthread_timedjoin_np, pthread_t, void **, const timespec *)
BEHIND(int, setitimer, int, const struct itimerval *, struct itimerval *)
BEHIND(int, getitimer, int, struct itimerval *)
BEHIND(int, timer_settime, timer_t, int, const struct itimerspec *, struct itimerspec *)
BEHIND(int, timer_gettime, timer_t, struct itimerspec *)
BEHIND(int, timerfd_settime, int, int, const struct itimerspec *, struct itimerspec *)
BEHIND(int, timerfd_gettime, int, struct itimerspec *)
BEHIND(int, setsockopt, int, int, int, const void *, socklen_t)
BEHIND(int, getsockopt, int, int, int, void *, socklen_t *)
BEHIND(long, syscall, long, ...)

/* ---- time, theirs and ours ----------------------------------------------------------------- */

static nanoseconds of_seconds(time_t time) { return (time < FOREVER ? (nanoseconds)time : FOREVER) * SECOND; }
static nanoseconds of_spec(const timespec *time) { return of_seconds(time->tv_sec) + time->tv_nsec; }
static nanoseconds of_val(const timeval *time) { return of_seconds(time->tv_sec) + time->tv_usec * 1000LL; }

static timespec to_spec(nanoseconds time)
{
    if (time < 0)
        time = 0;
    return (timespec){time / SECOND, time % SECOND};
}

static timeval to_val(nanoseconds time) /* upwards: no wait ends early */
{
    time = (time + 999) / 1000;
    return (timeval){time / 1000000, time % 1000000};
}

static nanoseconds shorter(nanoseconds time)
{
    if (!fast || time <= 0)
        return time;
    time = (nanoseconds)((double)time / rate);
    return time ? time : 1;
}

static nanoseconds longer(nanoseconds time) { return fast ? (nanoseconds)((double)time * rate) : time; }
static timeval shorter_val(const timeval *time) { return to_val(shorter(of_val(time))); }
static timeval longer_val(const timeval *time) { return to_val(longer(of_val(time))); }

static int shorter_ms(int time)
{
    nanoseconds shortened = shorter((nanoseconds)time * MILLISECOND);
    return time <= 0 ? time : (int)((shortened + MILLISECOND - 1) / MILLISECOND);
}

static nanoseconds base_of(clockid_t clock) /* 0: a clock that stays as it is, such as that of the processor */
{
    switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
    case CLOCK_TAI:
        return base_real;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
        return base_mono;
    case CLOCK_BOOTTIME:
        return base_boot;
    default:
        return 0;
    }
}

static nanoseconds theirs(clockid_t clock, nanoseconds time)
{
    nanoseconds base = base_of(clock);
    return fast && base ? base + (nanoseconds)((double)(time - base) * rate) : time;
}

static nanoseconds ours(clockid_t clock, nanoseconds time)
{
    nanoseconds base = base_of(clock);
    return fast && base ? base + (nanoseconds)((double)(time - base) / rate) : time;
}

static nanoseconds now(clockid_t clock)
{
    timespec time = {0, 0};
    real_clock_gettime()(clock, &time);
    return of_spec(&time);
}

static void note(const char *function, nanoseconds asked)
{
    struct stat file;
    char line[96];
    int kept = errno, length;

    if (!fast || log_fd < 0 || asked < MILLISECOND || __sync_sub_and_fetch(&lines_left, 1) < 0)
        return;
    /* A program that closed what it did not know may have a socket of its own at this number by now. */
    if (fstat(log_fd, &file) == 0 && file.st_dev == log_device && file.st_ino == log_inode) {
        length = snprintf(line, sizeof line, "%d %.3f %s\n", (int)getpid(), (double)asked / SECOND, function);
        if (write(log_fd, line, (size_t)length) < 0)
            log_fd = -1;
    }
    errno = kept;
}

/* A point in their time as one in ours. */
static timespec deadline(const char *function, clockid_t clock, const timespec *time)
{
    note(function, of_spec(time) - theirs(clock, now(clock)));
    return to_spec(ours(clock, of_spec(time)));
}

/* Some calls do not say which clock a point in time is on; the two are decades apart. */
static clockid_t nearest_clock(const timespec *time)
{
    nanoseconds real = of_spec(time) - theirs(CLOCK_REALTIME, now(CLOCK_REALTIME));
    nanoseconds mono = of_spec(time) - theirs(CLOCK_MONOTONIC, now(CLOCK_MONOTONIC));
    return llabs(real) < llabs(mono) ? CLOCK_REALTIME : CLOCK_MONOTONIC;
}

static timespec shorter_spec(const char *function, const timespec *time)
{
    note(function, of_spec(time));
    return to_spec(shorter(of_spec(time)));
}

__attribute__((constructor)) static void begin(void)
{
    const char *asked = getenv("FASTCLOCK"), *log = getenv("FASTCLOCK_LOG");

    if (!asked || sscanf(asked, "%lf %lld %lld %lld", &rate, &base_real, &base_mono, &base_boot) != 4 || rate < 1)
        return;
    if (!log || sscanf(log, "%d %llu %llu", &log_fd, &log_device, &log_inode) != 3)
        log_fd = -1;
    fast = 1;
}

/* ---- clocks -------------------------------------------------------------------------------- */

int clock_gettime(clockid_t clock, timespec *time)
{
    int result = real_clock_gettime()(clock, time);
    if (!result && fast)
        *time = to_spec(theirs(clock, of_spec(time)));
    return result;
}

int gettimeofday(timeval *restrict time, void *restrict zone)
{
    nanoseconds virtual_now = theirs(CLOCK_REALTIME, now(CLOCK_REALTIME));
    (void)zone;
    *time = (timeval){virtual_now / SECOND, virtual_now % SECOND / 1000};
    return 0;
}

time_t time(time_t *at)
{
    time_t seconds = theirs(CLOCK_REALTIME, now(CLOCK_REALTIME)) / SECOND;
    if (at)
        *at = seconds;
    return seconds;
}

int timespec_get(timespec *time, int kind)
{
    if (kind != TIME_UTC)
        return 0;
    clock_gettime(CLOCK_REALTIME, time);
    return kind;
}

/* ---- waits for a duration ------------------------------------------------------------------ */

int nanosleep(const timespec *time, timespec *left)
{
    timespec shortened, rest = {0, 0};
    int result;

    if (!fast || !time)
        return real_nanosleep()(time, left);
    shortened = shorter_spec("nanosleep", time);
    result = real_nanosleep()(&shortened, &rest);
    if (result && left)
        *left = to_spec(longer(of_spec(&rest)));
    return result;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec *time, timespec *left)
{
    timespec shortened, rest = {0, 0};
    int result;

    if (!fast || !time || !base_of(clock))
        return real_clock_nanosleep()(clock, flags, time, left);
    shortened = flags & TIMER_ABSTIME ? deadline("clock_nanosleep", clock, time) : shorter_spec("clock_nanosleep", time);
    result = real_clock_nanosleep()(clock, flags, &shortened, &rest);
    if (result && left)
        *left = to_spec(longer(of_spec(&rest)));
    return result;
}

int usleep(useconds_t time)
{
    timespec asked = to_spec((nanoseconds)time * 1000);
    return nanosleep(&asked, NULL);
}

unsigned sleep(unsigned time)
{
    timespec asked = {time, 0}, left = {0, 0};
    return nanosleep(&asked, &left) ? (unsigned)left.tv_sec : 0;
}

int ppoll(struct pollfd *fds, nfds_t count, const timespec *time, const sigset_t *mask)
{
    timespec shortened;

    if (!fast || !time)
        return real_ppoll()(fds, count, time, mask);
    shortened = shorter_spec("ppoll", time);
    return real_ppoll()(fds, count, &shortened, mask);
}

int __ppoll_chk(struct pollfd *fds, nfds_t count, const timespec *time, const sigset_t *mask, size_t size)
{
    (void)size;
    return ppoll(fds, count, time, mask);
}

int poll(struct pollfd *fds, nfds_t count, int time) /* by ppoll, whose time is finer than a millisecond */
{
    timespec shortened;

    note("poll", (nanoseconds)time * MILLISECOND);
    shortened = to_spec(shorter((nanoseconds)time * MILLISECOND));
    return real_ppoll()(fds, count, time < 0 ? NULL : &shortened, NULL);
}

int __poll_chk(struct pollfd *fds, nfds_t count, int time, size_t size)
{
    (void)size;
    return poll(fds, count, time);
}

int select(int count, fd_set *reading, fd_set *writing, fd_set *other, timeval *time)
{
    timeval shortened;
    int result;

    if (!fast || !time)
        return real_select()(count, reading, writing, other, time);
    note("select", of_val(time));
    shortened = shorter_val(time);
    result = real_select()(count, reading, writing, other, &shortened);
    *time = longer_val(&shortened);
    return result;
}

int pselect(int count, fd_set *reading, fd_set *writing, fd_set *other, const timespec *time, const sigset_t *mask)
{
    timespec shortened;

    if (!fast || !time)
        return real_pselect()(count, reading, writing, other, time, mask);
    shortened = shorter_spec("pselect", time);
    return real_pselect()(count, reading, writing, other, &shortened, mask);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int time)
{
    note("epoll_wait", (nanoseconds)time * MILLISECOND);
    return real_epoll_wait()(epoll, events, most, shorter_ms(time));
}

int epoll_pwait(int epoll, struct epoll_event *events, int most, int time, const sigset_t *mask)
{
    note("epoll_pwait", (nanoseconds)time * MILLISECOND);
    return real_epoll_pwait()(epoll, events, most, shorter_ms(time), mask);
}

int epoll_pwait2(int epoll, struct epoll_event *events, int most, const timespec *time, const sigset_t *mask)
{
    timespec shortened;

    if (!real_epoll_pwait2()) {
        errno = ENOSYS;
        return -1;
    }
    if (!fast || !time)
        return real_epoll_pwait2()(epoll, events, most, time, mask);
    shortened = shorter_spec("epoll_pwait2", time);
    return real_epoll_pwait2()(epoll, events, most, &shortened, mask);
}

int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, timespec *time)
{
    timespec shortened;

    if (!fast || !time)
        return real_recvmmsg()(fd, messages, count, flags, time);
    shortened = shorter_spec("recvmmsg", time);
    return real_recvmmsg()(fd, messages, count, flags, &shortened);
}

int sigtimedwait(const sigset_t *signals, siginfo_t *info, const timespec *time)
{
    timespec shortened;

    if (!fast || !time)
        return real_sigtimedwait()(signals, info, time);
    shortened = shorter_spec("sigtimedwait", time);
    return real_sigtimedwait()(signals, info, &shortened);
}

/* ---- waits until a point in time ----------------------------------------------------------- */

#define MISSING(name)                                                                                                  \
    if (!real_##name())                                                                                                \
        return ENOSYS;

int sem_timedwait(sem_t *semaphore, const timespec *time)
{
    timespec until;

    if (!fast)
        return real_sem_timedwait()(semaphore, time);
    until = deadline("sem_timedwait", CLOCK_REALTIME, time);
    return real_sem_timedwait()(semaphore, &until);
}

int sem_clockwait(sem_t *semaphore, clockid_t clock, const timespec *time)
{
    timespec until;

    if (!real_sem_clockwait()) {
        errno = ENOSYS;
        return -1;
    }
    if (!fast)
        return real_sem_clockwait()(semaphore, clock, time);
    until = deadline("sem_clockwait", clock, time);
    return real_sem_clockwait()(semaphore, clock, &until);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const timespec *time)
{
    timespec until;

    if (!fast)
        return real_pthread_cond_timedwait()(condition, mutex, time);
    until = deadline("pthread_cond_timedwait", nearest_clock(time), time);
    return real_pthread_cond_timedwait()(condition, mutex, &until);
}

int pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock, const timespec *time)
{
    timespec until;

    MISSING(pthread_cond_clockwait)
    if (!fast)
        return real_pthread_cond_clockwait()(condition, mutex, clock, time);
    until = deadline("pthread_cond_clockwait", clock, time);
    return real_pthread_cond_clockwait()(condition, mutex, clock, &until);
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex, const timespec *time)
{
    timespec until;

    if (!fast)
        return real_pthread_mutex_timedlock()(mutex, time);
    until = deadline("pthread_mutex_timedlock", CLOCK_REALTIME, time);
    return real_pthread_mutex_timedlock()(mutex, &until);
}

int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const timespec *time)
{
    timespec until;

    MISSING(pthread_mutex_clocklock)
    if (!fast)
        return real_pthread_mutex_clocklock()(mutex, clock, time);
    until = deadline("pthread_mutex_clocklock", clock, time);
    return real_pthread_mutex_clocklock()(mutex, clock, &until);
}

int pthread_timedjoin_np(pthread_t thread, void **value, const timespec *time)
{
    timespec until;

    if (!fast || !time)
        return real_pthread_timedjoin_np()(thread, value, time);
    until = deadline("pthread_timedjoin_np", CLOCK_REALTIME, time);
    return real_pthread_timedjoin_np()(thread, value, &until);
}

/* ---- timers, and the timeouts of sockets ----------------------------------------------------- */

int setitimer(__itimer_which_t which, const struct itimerval *new, struct itimerval *old)
{
    struct itimerval shortened;
    int result;

    if (!fast || !new || which != ITIMER_REAL)
        return real_setitimer()((int)which, new, old);
    note("setitimer", of_val(&new->it_value));
    shortened = (struct itimerval){shorter_val(&new->it_interval), shorter_val(&new->it_value)};
    result = real_setitimer()((int)which, &shortened, old);
    if (!result && old)
        *old = (struct itimerval){longer_val(&old->it_interval), longer_val(&old->it_value)};
    return result;
}

int getitimer(__itimer_which_t which, struct itimerval *left)
{
    int result = real_getitimer()((int)which, left);
    if (!result && fast && which == ITIMER_REAL)
        *left = (struct itimerval){longer_val(&left->it_interval), longer_val(&left->it_value)};
    return result;
}

unsigned alarm(unsigned time)
{
    struct itimerval new = {{0, 0}, {time, 0}}, old = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &new, &old);
    return (unsigned)old.it_value.tv_sec + (old.it_value.tv_usec > 0);
}

static struct itimerspec shorter_timer(const char *function, int absolute, const struct itimerspec *new)
{
    struct itimerspec shortened;
    shortened.it_interval = to_spec(shorter(of_spec(&new->it_interval)));
    shortened.it_value = absolute && of_spec(&new->it_value)
                             ? deadline(function, nearest_clock(&new->it_value), &new->it_value)
                             : shorter_spec(function, &new->it_value);
    return shortened;
}

static void lengthen_timer(struct itimerspec *left)
{
    left->it_interval = to_spec(longer(of_spec(&left->it_interval)));
    left->it_value = to_spec(longer(of_spec(&left->it_value)));
}

int timer_settime(timer_t timer, int flags, const struct itimerspec *new, struct itimerspec *old)
{
    struct itimerspec shortened;
    int result;

    if (!fast || !new)
        return real_timer_settime()(timer, flags, new, old);
    shortened = shorter_timer("timer_settime", flags & TIMER_ABSTIME, new);
    result = real_timer_settime()(timer, flags, &shortened, old);
    if (!result && old)
        lengthen_timer(old);
    return result;
}

int timer_gettime(timer_t timer, struct itimerspec *left)
{
    int result = real_timer_gettime()(timer, left);
    if (!result && fast)
        lengthen_timer(left);
    return result;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
    struct itimerspec shortened;
    int result;

    if (!fast || !new)
        return real_timerfd_settime()(fd, flags, new, old);
    shortened = shorter_timer("timerfd_settime", flags & TFD_TIMER_ABSTIME, new);
    result = real_timerfd_settime()(fd, flags, &shortened, old);
    if (!result && old)
        lengthen_timer(old);
    return result;
}

int timerfd_gettime(int fd, struct itimerspec *left)
{
    int result = real_timerfd_gettime()(fd, left);
    if (!result && fast)
        lengthen_timer(left);
    return result;
}

static int is_timeout(int level, int option, const void *value, socklen_t size)
{
    return fast && level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO) && value &&
           size >= sizeof(timeval);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    timeval time;

    if (!is_timeout(level, option, value, size))
        return real_setsockopt()(fd, level, option, value, size);
    memcpy(&time, value, sizeof time);
    note(option == SO_RCVTIMEO ? "SO_RCVTIMEO" : "SO_SNDTIMEO", of_val(&time));
    time = shorter_val(&time);
    return real_setsockopt()(fd, level, option, &time, sizeof time);
}

int getsockopt(int fd, int level, int option, void *restrict value, socklen_t *restrict size)
{
    timeval time;
    int result = real_getsockopt()(fd, level, option, value, size);

    if (!result && size && is_timeout(level, option, value, *size)) {
        memcpy(&time, value, sizeof time);
        time = longer_val(&time);
        memcpy(value, &time, sizeof time);
    }
    return result;
}

/* ---- syscall(SYS_futex, ...): the libraries of C++ and Rust --------------------------------- */

long syscall(long number, ...)
{
    va_list more;
    long argument[6];
    timespec shortened;

    va_start(more, number);
    for (int i = 0; i < 6; i++)
        argument[i] = va_arg(more, long);
    va_end(more);
    if (fast && number == SYS_clock_gettime)
        return clock_gettime((clockid_t)argument[0], (timespec *)argument[1]);
    if (fast && number == SYS_futex && argument[3]) {
        int operation = (int)argument[1] & FUTEX_CMD_MASK;
        const timespec *time = (const timespec *)argument[3];

        if (operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET) {
            clockid_t clock = argument[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
            shortened = operation == FUTEX_WAIT ? shorter_spec("futex", time) : deadline("futex", clock, time);
            argument[3] = (long)&shortened;
        }
    }
    return real_syscall()(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}
