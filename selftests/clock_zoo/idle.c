/* An echo server with an idle limit, in each way that C has for it: idle TECHNIQUE [SECONDS].
 *
 *     cc -O2 -pthread -o idle idle.c            the fast clock reaches it
 *     cc -O2 -pthread -static -o idle idle.c    it does not: nothing is preloaded
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static const char *technique;
static int idle_s = 30;

struct client {
    int fd;
    volatile time_t last;
    volatile int ended;
};

static int is(const char *name) { return !strcmp(technique, name); }

static void let_go(int fd)
{
    if (send(fd, "TIMEOUT\n", 8, MSG_NOSIGNAL) > 0)
        shutdown(fd, SHUT_RDWR);
}

static void *sleep_and_look(void *argument)
{
    struct client *client = argument;
    while (time(NULL) - client->last < idle_s && !client->ended)
        sleep(1);
    if (!client->ended)
        let_go(client->fd);
    return NULL;
}

/* Wait for data: 0 when the time is over. */
static int wait_for_data(int fd, int epoll, int timer)
{
    if (is("poll")) {
        struct pollfd one = {fd, POLLIN, 0};
        return poll(&one, 1, idle_s * 1000);
    }
    if (is("epoll")) {
        struct epoll_event event;
        return epoll_wait(epoll, &event, 1, idle_s * 1000);
    }
    if (is("select")) {
        struct timeval left = {idle_s, 0};
        fd_set set;
        FD_ZERO(&set);
        FD_SET(fd, &set);
        return select(fd + 1, &set, NULL, NULL, &left);
    }
    if (is("timerfd")) {
        struct itimerspec in = {{0, 0}, {idle_s, 0}};
        struct pollfd both[2] = {{fd, POLLIN, 0}, {timer, POLLIN, 0}};
        timerfd_settime(timer, 0, &in, NULL);
        poll(both, 2, -1);
        return both[0].revents != 0;
    }
    return 1;
}

static void *serve(void *argument)
{
    struct client client = {(int)(long)argument, time(NULL), 0};
    int epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct epoll_event event = {EPOLLIN, {0}};
    struct timeval left = {idle_s, 0};
    pthread_t watcher;
    char data[4096];

    epoll_ctl(epoll, EPOLL_CTL_ADD, client.fd, &event);
    if (is("receive_timeout"))
        setsockopt(client.fd, SOL_SOCKET, SO_RCVTIMEO, &left, sizeof left);
    if (is("sleep"))
        pthread_create(&watcher, NULL, sleep_and_look, &client);
    for (;;) {
        ssize_t size;
        if (!wait_for_data(client.fd, epoll, timer)) {
            let_go(client.fd);
            break;
        }
        size = recv(client.fd, data, sizeof data, 0);
        if (size < 0 && is("receive_timeout"))
            let_go(client.fd);
        if (size <= 0)
            break;
        client.last = time(NULL);
        if (send(client.fd, data, (size_t)size, MSG_NOSIGNAL) < 0)
            break;
    }
    client.ended = 1;
    if (is("sleep"))
        pthread_join(watcher, NULL);
    close(client.fd);
    close(epoll);
    close(timer);
    return NULL;
}

int main(int count, char **words)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8000)};
    int server = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

    technique = words[1];
    if (count > 2)
        idle_s = atoi(words[2]);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(server, (void *)&address, sizeof address) || listen(server, 64)) {
        perror("bind");
        return 1;
    }
    for (;;) {
        int fd = accept(server, NULL, NULL);
        pthread_t thread;
        if (fd >= 0 && !pthread_create(&thread, NULL, serve, (void *)(long)fd))
            pthread_detach(thread);
    }
}
