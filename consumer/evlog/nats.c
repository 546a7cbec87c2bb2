// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "nats.h"

#include "signals.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((format(printf, 3, 4)))
static int explain(struct nats *n, int rc, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(n->why, sizeof(n->why), format, args);
	va_end(args);
	return rc;
}

/* --- addresses -------------------------------------------------------------------- */

/* A subject is tokens between dots; only whole tokens can be wildcards. */
static int check_subject(struct nats *n, bool wildcards)
{
	const char *s = n->subject;

	if (!*s || *s == '.' || s[strlen(s) - 1] == '.' || strstr(s, ".."))
		return explain(n, -EINVAL, "the subject '%s' is none: take words with dots between, such as evlog.web1", s);
	if (*s == '$')
		return explain(n, -EINVAL, "the subject %s is one of the server's own: take another", s);
	for (; *s; s++) {
		if (*s <= ' ' || *s == 0x7f)
			return explain(n, -EINVAL, "the subject has a space or control character in it: leave it out");
		if ((*s == '*' || *s == '>') && !wildcards)
			return explain(n, -EINVAL, "the subject %s has a wildcard in it: events go to one subject", n->subject);
	}
	return 0;
}

const char *nats_option(struct nats_options *o, int c, const char *value)
{
	if (c != NATS_OPT_TLS && !*value)
		return "--tls-ca, --tls-cert, --tls-key and --creds: the file name is empty";
	switch (c) {
	case NATS_OPT_TLS:
		o->tls = true;
		break;
	case NATS_OPT_TLS_CA:
		o->tls_ca = value;
		break;
	case NATS_OPT_TLS_CERT:
		o->tls_cert = value;
		break;
	case NATS_OPT_TLS_KEY:
		o->tls_key = value;
		break;
	case NATS_OPT_CREDS:
		o->creds = value;
		break;
	}
	return NULL;
}

/* nats://HOST,HOST/SUBJECT becomes nats://HOST,nats://HOST and the subject. */
int nats_parse(struct nats *n, const struct nats_options *opt, bool wildcards)
{
	static const char example[] = "nats://HOST:PORT/SUBJECT";
	const char *url = opt->url, *scheme_end = strstr(url, "://"), *host, *slash, *end;
	size_t scheme, used = 0;
	int len;

	memset(n, 0, sizeof(*n));
	n->opt = *opt;
	n->tls = opt->tls || opt->tls_ca || opt->tls_cert;
	if (!opt->tls_cert != !opt->tls_key)
		return explain(n, -EINVAL, "--tls-cert and --tls-key belong together: give both");
	if (!scheme_end)
		return explain(n, -EINVAL, "not an address: it has to be like %s", example);
	scheme = (size_t)(scheme_end - url);
	if (!strncmp(url, "tls://", 6))
		n->tls = true;
	else if (strncmp(url, "nats://", 7))
		return explain(n, -EINVAL, "%.*s is not known: it has to be like %s",
			       (int)scheme, url, example);
	host = scheme_end + 3;
	slash = strrchr(host, '/');
	if (!slash || slash == host)
		return explain(n, -EINVAL, "%s: it has to be like %s",
			       slash ? "no host" : "no subject", example);
	if (strlen(slash + 1) >= sizeof(n->subject))
		return explain(n, -EINVAL, "the subject is longer than %zu bytes",
			       sizeof(n->subject) - 1);
	snprintf(n->subject, sizeof(n->subject), "%s", slash + 1);
	for (; host < slash; host = end + 1) {
		end = memchr(host, ',', (size_t)(slash - host));
		if (!end)
			end = slash;
		len = snprintf(n->servers + used, sizeof(n->servers) - used, "%snats://%.*s",
			       used ? "," : "", (int)(end - host), host);
		if (len < 0 || (size_t)len >= sizeof(n->servers) - used)
			return explain(n, -EINVAL, "the address is too long");
		used += (size_t)len;
	}
	return check_subject(n, wildcards);
}

#ifdef HAVE_NATS
#include <dlfcn.h>
#include <nats/nats.h>

#define CONNECT_MS	2000	/* time for a server to answer */
#define REQUEST_MS	3000	/* and for JetStream */
#define WRITE_MS	5000	/* for the socket to take more */
#define PING_MS		10000

/* What is used of the library. */
#define LIBRARY(X) \
	X(natsOptions_Create) X(natsOptions_Destroy) X(natsOptions_SetServers) \
	X(natsOptions_SetName) X(natsOptions_SetTimeout) X(natsOptions_SetAllowReconnect) \
	X(natsOptions_SetWriteDeadline) X(natsOptions_SetPingInterval) X(natsOptions_SetSecure) \
	X(natsOptions_LoadCATrustedCertificates) X(natsOptions_LoadCertificatesChain) \
	X(natsOptions_SetUserCredentialsFromFiles) X(natsOptions_SetErrorHandler) \
	X(natsOptions_SetClosedCB) X(natsConnection_Connect) X(natsConnection_Destroy) \
	X(natsConnection_JetStream) X(natsConnection_GetMaxPayload) X(nats_GetLastError) \
	X(natsStatus_GetText) X(jsOptions_Init) X(jsCtx_Destroy) X(js_StreamNames) \
	X(jsStreamNamesList_Destroy) X(js_GetStreamInfo) X(jsStreamInfo_Destroy) \
	X(natsMsg_Create) X(natsMsg_Destroy) X(natsMsgHeader_Set) X(natsMsgHeader_Get) \
	X(js_PublishMsgAsync) X(jsSubOptions_Init) X(js_SubscribeSync) \
	X(natsSubscription_NextMsg) X(natsSubscription_Destroy) X(natsMsg_GetMetaData) \
	X(jsMsgMetaData_Destroy) X(natsMsg_GetData) X(natsMsg_GetDataLength)

#define MEMBER(f)	__typeof__(&f) f;
static struct library {
	LIBRARY(MEMBER)
} lib;

struct nats_reader {
	natsSubscription *sub;
};

/* Each name of the library becomes a pointer in lib. */
static int load(struct nats *n)
{
	static const struct {
		const char *name;
		size_t at;
	} names[] = {
#define NAMED(f)	{ #f, offsetof(struct library, f) },
		LIBRARY(NAMED)
	};
	static void *library;
	void *f;
	size_t i;

	if (library)
		return 0;
	library = dlopen(NATS_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return explain(n, -ENOSYS, "the library of NATS is not installed (%s): apt install libnats3.4, or whichever fits",
			       dlerror());
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		f = dlsym(library, names[i].name);
		if (!f) {
			dlclose(library);
			library = NULL;
			return explain(n, -ENOSYS, NATS_LIBRARY " has no %s: build evlog for the libnats that is installed",
				       names[i].name);
		}
		memcpy((char *)&lib + names[i].at, &f, sizeof(f));
	}
	return 0;
}

/* What the library says of its last failure, without the place in its source. */
static const char *last_error(natsStatus s)
{
	const char *text = lib.nats_GetLastError(NULL);
	const char *end = text && *text == '(' ? strstr(text, "): ") : NULL;

	if (end)
		text = end + 3;
	return text && *text ? text : lib.natsStatus_GetText(s);
}

static int explain_status(struct nats *n, int rc, const char *what, natsStatus s)
{
	return explain(n, rc, "%s: %s", what, last_error(s));
}

/* --- what the library's threads tell ------------------------------------------------ */

static void on_closed(natsConnection *nc, void *closure)
{
	const struct nats *n = closure;

	(void)nc;
	if (n->events.closed)
		n->events.closed(n->events.ctx);
}

static void on_error(natsConnection *nc, natsSubscription *sub, natsStatus s, void *closure)
{
	const struct nats *n = closure;

	(void)nc;
	(void)sub;
	if (s == NATS_NOT_PERMITTED && n->events.forbidden)
		n->events.forbidden(n->events.ctx, last_error(s));
}

static enum nats_verdict judge(const jsPubAckErr *error, char *why, size_t size)
{
	if (error->Err == NATS_NO_RESPONDERS)
		snprintf(why, size, "no stream takes the subject any more");
	else
		snprintf(why, size, "%s", error->ErrText && *error->ErrText ? error->ErrText :
			 lib.natsStatus_GetText(error->Err));
	/* The stream's own limit; the server's is looked at before sending. */
	if (error->ErrCode == JSStreamMessageExceedsMaximumErr)
		return NATS_IMPOSSIBLE;
	return NATS_REFUSED;
}

static void on_ack(jsCtx *js, natsMsg *msg, jsPubAck *ack, jsPubAckErr *error, void *closure)
{
	const struct nats *n = closure;
	enum nats_verdict verdict;
	char why[NATS_TEXT] = "";
	const char *id;

	(void)js;
	if (lib.natsMsgHeader_Get(msg, "Nats-Msg-Id", &id) == NATS_OK) {
		if (ack)
			verdict = ack->Duplicate ? NATS_DUPLICATE : NATS_STORED;
		else
			verdict = judge(error, why, sizeof(why));
		n->events.verdict(n->events.ctx, id, verdict, ack ? ack->Sequence : 0, why);
	}
	lib.natsMsg_Destroy(msg);
}

/* --- connecting ----------------------------------------------------------------------- */

int nats_open(struct nats *n, const struct nats_options *opt, const struct nats_events *events,
	      bool wildcards)
{
	int rc = nats_parse(n, opt, wildcards);

	if (rc)
		return rc;
	if (events)
		n->events = *events;
	if (gethostname(n->host, sizeof(n->host) - 1))
		snprintf(n->host, sizeof(n->host), "localhost");
	snprintf(n->name, sizeof(n->name), "evlog %s", n->host);
	return load(n);
}

/* A file that cannot be read is told by its name: the library tells neither. */
static int check_file(struct nats *n, const char *option, const char *path)
{
	if (path && access(path, R_OK))
		return explain(n, -EINVAL, "%s %s: %s", option, path, strerror(errno));
	return 0;
}

static natsStatus set_servers(const struct nats *n, natsOptions *o)
{
	const char *list[32];
	char servers[sizeof(n->servers)];
	char *next = servers;
	int count = 0;

	memcpy(servers, n->servers, sizeof(servers));
	while (next && count < 32)
		list[count++] = strsep(&next, ",");
	return lib.natsOptions_SetServers(o, list, count);
}

static int set_tls(struct nats *n, natsOptions *o)
{
	const struct nats_options *opt = &n->opt;
	natsStatus s = lib.natsOptions_SetSecure(o, true);

	if (check_file(n, "--tls-ca", opt->tls_ca) || check_file(n, "--tls-cert", opt->tls_cert) ||
	    check_file(n, "--tls-key", opt->tls_key))
		return -EINVAL;
	if (s == NATS_OK && opt->tls_ca) {
		s = lib.natsOptions_LoadCATrustedCertificates(o, opt->tls_ca);
		if (s != NATS_OK)
			return explain(n, -EINVAL, "--tls-ca %s: it holds no certificate in PEM",
				       opt->tls_ca);
	}
	if (s == NATS_OK && opt->tls_cert) {
		s = lib.natsOptions_LoadCertificatesChain(o, opt->tls_cert, opt->tls_key);
		if (s != NATS_OK)
			return explain_status(n, -EINVAL, "--tls-cert, --tls-key: they hold no certificate in PEM and its key",
					      s);
	}
	return s == NATS_OK ? 0 : explain_status(n, -EINVAL, "TLS", s);
}

static int set_options(struct nats *n, natsOptions *o)
{
	natsStatus s = set_servers(n, o);

	if (s == NATS_OK)
		s = lib.natsOptions_SetName(o, n->name);
	if (s == NATS_OK)
		s = lib.natsOptions_SetTimeout(o, CONNECT_MS);
	if (s == NATS_OK)
		s = lib.natsOptions_SetAllowReconnect(o, false);
	if (s == NATS_OK)
		s = lib.natsOptions_SetWriteDeadline(o, WRITE_MS);
	if (s == NATS_OK)
		s = lib.natsOptions_SetPingInterval(o, PING_MS);
	if (s == NATS_OK)
		s = lib.natsOptions_SetErrorHandler(o, on_error, n);
	if (s == NATS_OK)
		s = lib.natsOptions_SetClosedCB(o, on_closed, n);
	if (s != NATS_OK)
		return explain_status(n, -EINVAL, "the address cannot be used", s);
	if (check_file(n, "--creds", n->opt.creds))
		return -EINVAL;
	if (n->opt.creds)
		s = lib.natsOptions_SetUserCredentialsFromFiles(o, n->opt.creds, NULL);
	if (s != NATS_OK)
		return explain_status(n, -EINVAL, "--creds", s);
	return n->tls ? set_tls(n, o) : 0;
}

static int explain_connect(struct nats *n, natsStatus s)
{
	switch (s) {
	case NATS_NO_SERVER:
		return explain(n, -EAGAIN, "no server answers there: is nats-server running, and is the port right?");
	case NATS_CONNECTION_AUTH_FAILED:
		explain_status(n, 0, "the server does not let us in", s);
		strncat(n->why, n->opt.creds ? ": is --creds the file for this account?" :
			": give --creds FILE, or nats://USER:PASSWORD@HOST",
			sizeof(n->why) - strlen(n->why) - 1);
		return -EINVAL;
	case NATS_SECURE_CONNECTION_WANTED:
		return explain(n, -EINVAL, "the server has no TLS: leave out --tls, or mend its configuration");
	case NATS_SSL_ERROR:
		explain_status(n, 0, "no TLS with the server", s);
		strncat(n->why, "; see --tls-ca, --tls-cert and --tls-key",
			sizeof(n->why) - strlen(n->why) - 1);
		return -EINVAL;
	case NATS_TIMEOUT:
		return explain(n, -EAGAIN, "the server does not answer");
	default:
		return explain_status(n, -EAGAIN, "cannot connect", s);
	}
}

/* A server may not let us ask: then what is published tells. */
static int find_stream(struct nats *n)
{
	jsStreamNamesList *names = NULL;
	jsStreamInfo *info = NULL;
	jsOptions o;
	natsStatus s;

	n->stream[0] = '\0';
	n->window_ns = 0;
	n->stream_end = 0;
	lib.jsOptions_Init(&o);
	o.Wait = REQUEST_MS;
	o.Stream.Info.SubjectsFilter = n->subject;
	s = lib.js_StreamNames(&names, n->js, &o, NULL);
	if (s == NATS_NO_RESPONDERS)
		return explain(n, -EINVAL, "the server has no JetStream for us: start it with -js, or 'jetstream {}' in its configuration");
	if (s == NATS_NOT_FOUND || (s == NATS_OK && !names->Count)) {
		lib.jsStreamNamesList_Destroy(names);
		if (!n->events.verdict)
			return explain(n, -EINVAL, "no JetStream stream has the subject %s: is it written as evlog --to has it?",
				       n->subject);
		return explain(n, -EINVAL, "no JetStream stream takes the subject %s: make one: nats stream add EVLOG --subjects '%s' --storage file --defaults",
			       n->subject, n->subject);
	}
	if (s != NATS_OK)
		return 0;
	snprintf(n->stream, sizeof(n->stream), "%s", names->List[0]);
	lib.jsStreamNamesList_Destroy(names);
	o.Stream.Info.SubjectsFilter = NULL;
	if (lib.js_GetStreamInfo(&info, n->js, n->stream, &o, NULL) == NATS_OK) {
		n->window_ns = info->Config->Duplicates;
		n->stream_end = info->State.LastSeq;
		lib.jsStreamInfo_Destroy(info);
	}
	return 0;
}

static int connect_now(struct nats *n, natsOptions *o)
{
	jsOptions jo;
	natsStatus s;
	int rc;

	rc = set_options(n, o);
	if (rc)
		return rc;
	s = lib.natsConnection_Connect(&n->conn, o);
	if (s != NATS_OK)
		return explain_connect(n, s);
	lib.jsOptions_Init(&jo);
	jo.Wait = REQUEST_MS;
	if (n->events.verdict) {
		jo.PublishAsync.AckHandler = on_ack;
		jo.PublishAsync.AckHandlerClosure = n;
	}
	s = lib.natsConnection_JetStream(&n->js, n->conn, &jo);
	rc = s == NATS_OK ? find_stream(n) : explain_status(n, -EAGAIN, "JetStream", s);
	if (rc)
		nats_disconnect(n);
	return rc;
}

int nats_connect(struct nats *n)
{
	natsOptions *o;
	sigset_t before;
	natsStatus s;
	int rc;

	/* The library's threads shall take no signals. */
	signals_hold(&before);
	s = lib.natsOptions_Create(&o);
	if (s == NATS_OK) {
		rc = connect_now(n, o);
		lib.natsOptions_Destroy(o);
	} else {
		rc = explain(n, -EAGAIN, "%s", lib.natsStatus_GetText(s));
	}
	signals_release(&before);
	return rc;
}

void nats_disconnect(struct nats *n)
{
	if (n->js)
		lib.jsCtx_Destroy(n->js);
	if (n->conn)
		lib.natsConnection_Destroy(n->conn);
	n->js = NULL;
	n->conn = NULL;
}

/* --- publishing --------------------------------------------------------------------- */

static natsStatus set_headers(const struct nats *n, natsMsg *msg, const struct message *m)
{
	natsStatus s = lib.natsMsgHeader_Set(msg, "Nats-Msg-Id", message_id(m));
	char number[24];

	if (s == NATS_OK)
		s = lib.natsMsgHeader_Set(msg, NATS_HEADER_HOST, n->host);
	if (s == NATS_OK && m->wall) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)m->wall);
		s = lib.natsMsgHeader_Set(msg, NATS_HEADER_TIME, number);
	}
	return s;
}

int nats_publish(struct nats *n, const struct message *m)
{
	natsMsg *msg = NULL;
	natsStatus s;

	s = lib.natsMsg_Create(&msg, n->subject, NULL, message_data(m), (int)m->len);
	if (s == NATS_OK)
		s = set_headers(n, msg, m);
	if (s == NATS_OK)
		s = lib.js_PublishMsgAsync(n->js, &msg, NULL);
	lib.natsMsg_Destroy(msg);
	if (s == NATS_MAX_PAYLOAD)
		return explain(n, -EMSGSIZE, "an event makes a message of %u bytes and more, the server takes %lld: raise max_payload in its configuration",
			       m->len, (long long)lib.natsConnection_GetMaxPayload(n->conn));
	return s == NATS_OK ? 0 : explain_status(n, -EIO, "cannot send", s);
}

/* --- reading ------------------------------------------------------------------------ */

static struct nats_reader *subscribe(struct nats *n, const char *subject, uint64_t from,
				     bool headers_only)
{
	struct nats_reader *r = calloc(1, sizeof(*r));
	jsSubOptions o;
	natsStatus s;

	if (!r) {
		explain(n, 0, "no memory");
		return NULL;
	}
	lib.jsSubOptions_Init(&o);
	o.Ordered = true;
	o.Stream = n->stream;
	o.Config.DeliverPolicy = js_DeliverByStartSequence;
	o.Config.OptStartSeq = from ? from : 1;
	o.Config.HeadersOnly = headers_only;
	s = lib.js_SubscribeSync(&r->sub, n->js, subject, NULL, &o, NULL);
	if (s == NATS_OK)
		return r;
	explain_status(n, 0, "cannot read the stream", s);
	free(r);
	return NULL;
}

void nats_read_close(struct nats_reader *r)
{
	if (!r)
		return;
	lib.natsSubscription_Destroy(r->sub);
	free(r);
}

static int take(struct nats *n, struct nats_reader *r, natsMsg **msg, jsMsgMetaData **meta,
		int timeout_ms)
{
	natsStatus s = lib.natsSubscription_NextMsg(msg, r->sub, timeout_ms);

	if (s == NATS_TIMEOUT)
		return 0;
	if (s == NATS_OK) {
		s = lib.natsMsg_GetMetaData(meta, *msg);
		if (s == NATS_OK)
			return 1;
		lib.natsMsg_Destroy(*msg);
	}
	return explain_status(n, -EIO, "cannot read on", s);
}

int nats_look(struct nats *n, uint64_t from, nats_known_fn known, void *ctx)
{
	uint64_t left = from <= n->stream_end;
	struct nats_reader *r;
	jsMsgMetaData *meta;
	const char *id;
	natsMsg *msg;
	int rc = 1;

	if (!left || !n->stream[0])
		return 0;
	r = subscribe(n, n->subject, from, true);
	if (!r)
		return -EIO;
	/* A stream that has nothing of ours from there on sends nothing. */
	while (left && (rc = take(n, r, &msg, &meta, REQUEST_MS / 3)) == 1) {
		left = meta->NumPending;
		if (lib.natsMsgHeader_Get(msg, "Nats-Msg-Id", &id) == NATS_OK &&
		    known(ctx, id, meta->Sequence.Stream))
			left = 0;
		lib.jsMsgMetaData_Destroy(meta);
		lib.natsMsg_Destroy(msg);
	}
	nats_read_close(r);
	return rc < 0 ? rc : 0;
}

int nats_subjects(struct nats *n, char ***list)
{
	jsStreamInfo *info = NULL;
	size_t bytes = 0;
	jsOptions o;
	natsStatus s;
	char *text;
	int i, count;

	lib.jsOptions_Init(&o);
	o.Wait = REQUEST_MS;
	o.Stream.Info.SubjectsFilter = n->subject;
	s = lib.js_GetStreamInfo(&info, n->js, n->stream, &o, NULL);
	if (s != NATS_OK)
		return explain_status(n, -EIO, "cannot ask for the stream's subjects", s);
	count = info->State.Subjects ? info->State.Subjects->Count : 0;
	for (i = 0; i < count; i++)
		bytes += strlen(info->State.Subjects->List[i].Subject) + 1;
	*list = malloc((size_t)count * sizeof(**list) + bytes + 1);
	if (!*list) {
		lib.jsStreamInfo_Destroy(info);
		return explain(n, -EIO, "no memory");
	}
	text = (char *)(*list + count);
	for (i = 0; i < count; i++) {
		(*list)[i] = text;
		text = stpcpy(text, info->State.Subjects->List[i].Subject) + 1;
	}
	lib.jsStreamInfo_Destroy(info);
	return count;
}

struct nats_reader *nats_read_open(struct nats *n, const char *subject, uint64_t from)
{
	return subscribe(n, subject, from, false);
}

int nats_read(struct nats *n, struct nats_reader *r, struct nats_item *item, int timeout_ms)
{
	jsMsgMetaData *meta;
	const char *time;
	natsMsg *msg;
	int rc = take(n, r, &msg, &meta, timeout_ms);

	if (rc <= 0)
		return rc;
	item->time = (uint64_t)meta->Timestamp;
	item->sequence = meta->Sequence.Stream;
	item->left = meta->NumPending;
	if (lib.natsMsgHeader_Get(msg, NATS_HEADER_TIME, &time) == NATS_OK)
		item->time = strtoull(time, NULL, 10);
	item->len = (size_t)lib.natsMsg_GetDataLength(msg);
	item->data = malloc(item->len + 1);
	if (item->data)
		memcpy(item->data, lib.natsMsg_GetData(msg), item->len);
	else
		rc = explain(n, -EIO, "no memory");
	lib.jsMsgMetaData_Destroy(meta);
	lib.natsMsg_Destroy(msg);
	return rc;
}

#else /* !HAVE_NATS */

int nats_open(struct nats *n, const struct nats_options *opt, const struct nats_events *events,
	      bool wildcards)
{
	(void)events;
	if (nats_parse(n, opt, wildcards))
		return -EINVAL;
	return explain(n, -ENOSYS, "evlog was built without NATS: install libnats-dev and build it anew");
}

int nats_connect(struct nats *n)
{
	(void)n;
	return -ENOSYS;
}

void nats_disconnect(struct nats *n)
{
	(void)n;
}

int nats_publish(struct nats *n, const struct message *m)
{
	(void)n;
	(void)m;
	return -ENOSYS;
}

int nats_look(struct nats *n, uint64_t from, nats_known_fn known, void *ctx)
{
	(void)n;
	(void)from;
	(void)known;
	(void)ctx;
	return -ENOSYS;
}

int nats_subjects(struct nats *n, char ***list)
{
	(void)n;
	(void)list;
	return -ENOSYS;
}

struct nats_reader *nats_read_open(struct nats *n, const char *subject, uint64_t from)
{
	(void)n;
	(void)subject;
	(void)from;
	return NULL;
}

int nats_read(struct nats *n, struct nats_reader *r, struct nats_item *item, int timeout_ms)
{
	(void)n;
	(void)r;
	(void)item;
	(void)timeout_ms;
	return -ENOSYS;
}

void nats_read_close(struct nats_reader *r)
{
	(void)r;
}

#endif /* HAVE_NATS */
