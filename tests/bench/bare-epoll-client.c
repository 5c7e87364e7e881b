/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the work costs at least: one epoll set, one socket a meter, the header of each answer
 * checked, nothing decoded and nothing kept. No library but libc. Requests are evenly spread over
 * the period, or all sent at its beginning. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST_METERS    10000
#define MOST_EVENTS    64
#define FIRST_REGISTER 19000
#define N_REGISTERS    122
#define ANSWER_LENGTH  (9 + 2 * N_REGISTERS)

typedef struct
{
  int fd;
  uint16_t tid;
  int is_waiting;
  size_t length;
  unsigned char answer[512];
} OhmBareMeter;

typedef struct
{
  OhmBareMeter *meters;
  int n;
  int epoll;
  double period_s;
  int is_burst;
  double next_s; /* when the next meter in turn is due */
  int turn;
  long sent;
  long answered;
  long missed; /* still waiting when the next was due */
  long broken;
} OhmBare;

static volatile sig_atomic_t is_over;

static void
bench_bare_on_signal (int number)
{
  is_over = 1;
}

static double
bench_bare_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static double
bench_bare_cpu (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static int
bench_bare_connect (OhmBare *bare, OhmBareMeter *meter, unsigned int port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons ((uint16_t) port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = meter };
  int one = 1;

  meter->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (meter->fd < 0 || connect (meter->fd, (struct sockaddr *) &address, sizeof address) != 0)
    {
      fprintf (stderr, "bare-epoll-client: port %u: %s\n", port, strerror (errno));
      return -1;
    }
  setsockopt (meter->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return epoll_ctl (bare->epoll, EPOLL_CTL_ADD, meter->fd, &event);
}

static void
bench_bare_ask (OhmBare *bare, OhmBareMeter *meter)
{
  uint16_t tid = ++meter->tid;
  const unsigned char request[12] = {
    (unsigned char) (tid >> 8), (unsigned char) tid,   0, 0,           0, 6, 1, 3,
    FIRST_REGISTER >> 8,        FIRST_REGISTER & 0xff, 0, N_REGISTERS,
  };

  if (meter->is_waiting)
    bare->missed++;
  meter->is_waiting = 1;
  meter->length = 0;
  if (send (meter->fd, request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT) == sizeof request)
    bare->sent++;
}

static void
bench_bare_receive (OhmBare *bare, OhmBareMeter *meter)
{
  ssize_t n = recv (meter->fd, meter->answer + meter->length, sizeof meter->answer - meter->length,
                    MSG_DONTWAIT);
  const unsigned char *a = meter->answer;

  if (n <= 0)
    return;
  meter->length += (size_t) n;
  if (meter->length < ANSWER_LENGTH)
    return;
  if ((a[0] << 8 | a[1]) != meter->tid || a[2] != 0 || a[3] != 0 ||
      (a[4] << 8 | a[5]) != ANSWER_LENGTH - 6 || a[6] != 1 || a[7] != 3 ||
      a[8] != 2 * N_REGISTERS || meter->length != ANSWER_LENGTH)
    bare->broken++;
  else
    bare->answered++;
  meter->is_waiting = 0;
  meter->length = 0;
}

static void
bench_bare_ask_due (OhmBare *bare, double now_s)
{
  while (bare->next_s <= now_s)
    {
      bench_bare_ask (bare, &bare->meters[bare->turn]);
      bare->turn = (bare->turn + 1) % bare->n;
      if (!bare->is_burst)
        bare->next_s += bare->period_s / bare->n;
      else if (bare->turn == 0)
        bare->next_s += bare->period_s;
    }
}

static void
bench_bare_step (OhmBare *bare, double until_s)
{
  struct epoll_event events[MOST_EVENTS];
  double wait_s = (bare->next_s < until_s ? bare->next_s : until_s) - bench_bare_now ();
  struct timespec wait = { 0 };
  int n;

  if (wait_s > 0)
    {
      wait.tv_sec = (time_t) wait_s;
      wait.tv_nsec = (long) ((wait_s - (double) wait.tv_sec) * 1e9);
    }
  n = epoll_pwait2 (bare->epoll, events, MOST_EVENTS, &wait, NULL);
  for (int i = 0; i < n; i++)
    bench_bare_receive (bare, events[i].data.ptr);
  bench_bare_ask_due (bare, bench_bare_now ());
}

static void
bench_bare_run (OhmBare *bare, double seconds)
{
  double until_s = bench_bare_now () + seconds;

  while (!is_over && bench_bare_now () < until_s)
    bench_bare_step (bare, until_s);
}

static void
bench_bare_report (const OhmBare *before, const OhmBare *bare, double cpu_s, double wall_s)
{
  struct rusage usage;
  double answered = (double) (bare->answered - before->answered);

  getrusage (RUSAGE_SELF, &usage);
  printf ("requests %.1f 1/s\n", (double) (bare->sent - before->sent) / wall_s);
  printf ("cpu %.3f %%\n", 100.0 * cpu_s / wall_s);
  printf ("exchange %.3f us\n", answered > 0 ? 1e6 * cpu_s / answered : 0.0);
  printf ("rss %.1f MiB\n", (double) usage.ru_maxrss / 1024.0);
  printf ("missed %ld cycles\n", bare->missed - before->missed);
  printf ("broken %ld answers\n", bare->broken - before->broken);
}

/* Ports come one a line on standard input. */
static int
bench_bare_open (OhmBare *bare)
{
  unsigned int port;

  while (bare->n < MOST_METERS && scanf ("%u", &port) == 1)
    if (bench_bare_connect (bare, &bare->meters[bare->n++], port) != 0)
      return -1;
  return bare->n > 0 ? 0 : -1;
}

int
main (int argc, char **argv)
{
  OhmBare bare = { .epoll = epoll_create1 (EPOLL_CLOEXEC) };
  OhmBare before;
  double cpu_s;
  double wall_s;
  double seconds;
  struct rlimit limit;

  if (argc != 4)
    {
      fprintf (stderr, "Usage: bare-epoll-client PERIOD_MS SECONDS spread|burst <PORTS\n");
      return 2;
    }
  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  signal (SIGTERM, bench_bare_on_signal);
  bare.period_s = (double) strtol (argv[1], NULL, 10) / 1000.0;
  seconds = (double) strtol (argv[2], NULL, 10);
  bare.is_burst = strcmp (argv[3], "burst") == 0;
  bare.meters = calloc (MOST_METERS, sizeof *bare.meters);
  if (bare.meters == NULL || bench_bare_open (&bare) != 0)
    return 1;
  bare.next_s = bench_bare_now ();
  bench_bare_run (&bare, 2.0 * bare.period_s);
  before = bare;
  cpu_s = bench_bare_cpu ();
  wall_s = bench_bare_now ();
  bench_bare_run (&bare, seconds);
  bench_bare_report (&before, &bare, bench_bare_cpu () - cpu_s, bench_bare_now () - wall_s);
  free (bare.meters);
  return 0;
}
