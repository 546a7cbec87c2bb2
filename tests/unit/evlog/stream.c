// SPDX-License-Identifier: GPL-2.0
/*
 * JetStream streams for the tests of evlog, on a server at the address URL:
 *
 *   stream URL make NAME SUBJECT [BYTES [WINDOW_MS [MESSAGE_BYTES]]]
 *	make or change a stream that keeps at most BYTES, refuses what is new then, finds out
 *	duplicates for WINDOW_MS and takes messages of at most MESSAGE_BYTES; 0: no limit
 *   stream URL ids NAME		the ids of all its messages, a line each, in order
 *   stream URL count NAME	how many messages it has
 *   stream URL put NAME SUBJECT ID TIME DATA	store a message that happened at TIME
 *
 * In the environment: STREAM_CREDS, a credentials file; STREAM_TLS, a certificate to trust and to
 * show, and STREAM_KEY, its key.
 */
#include <nats/nats.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jsCtx *js;

static int failed(natsStatus s)
{
	fprintf(stderr, "stream: %s: %s\n", natsStatus_GetText(s), nats_GetLastError(NULL));
	return 1;
}

static int make(int argc, char **argv)
{
	const char *subjects[] = { argv[1] };
	jsStreamConfig config;
	natsStatus s;

	jsStreamConfig_Init(&config);
	config.Name = argv[0];
	config.Subjects = subjects;
	config.SubjectsLen = 1;
	config.Storage = js_FileStorage;
	config.Discard = js_DiscardNew;
	if (argc > 2 && atoll(argv[2]))
		config.MaxBytes = atoll(argv[2]);
	if (argc > 3 && atoll(argv[3]))
		config.Duplicates = atoll(argv[3]) * 1000000;
	if (argc > 4)
		config.MaxMsgSize = atoi(argv[4]);
	s = js_AddStream(NULL, js, &config, NULL, NULL);
	if (s != NATS_OK)
		s = js_UpdateStream(NULL, js, &config, NULL, NULL);
	return s == NATS_OK ? 0 : failed(s);
}

static int ids(char **argv)
{
	natsSubscription *sub;
	jsSubOptions o;
	jsStreamInfo *info;
	const char *id;
	natsStatus s;
	natsMsg *msg;
	uint64_t left;

	s = js_GetStreamInfo(&info, js, argv[0], NULL, NULL);
	if (s != NATS_OK)
		return failed(s);
	jsSubOptions_Init(&o);
	o.Ordered = true;
	o.Stream = argv[0];
	s = js_SubscribeSync(&sub, js, ">", NULL, &o, NULL);
	for (left = info->State.Msgs; s == NATS_OK && left; left--) {
		s = natsSubscription_NextMsg(&msg, sub, 3000);
		if (s != NATS_OK)
			break;
		puts(natsMsgHeader_Get(msg, "Nats-Msg-Id", &id) == NATS_OK ? id : "none");
		natsMsg_Destroy(msg);
	}
	return s == NATS_OK ? 0 : failed(s);
}

static int count(char **argv)
{
	jsStreamInfo *info;
	natsStatus s = js_GetStreamInfo(&info, js, argv[0], NULL, NULL);

	if (s != NATS_OK)
		return failed(s);
	printf("%llu\n", (unsigned long long)info->State.Msgs);
	return 0;
}

static int put(char **argv)
{
	natsMsg *msg;
	natsStatus s = natsMsg_Create(&msg, argv[1], NULL, argv[4], (int)strlen(argv[4]));

	if (s == NATS_OK)
		s = natsMsgHeader_Set(msg, "Nats-Msg-Id", argv[2]);
	if (s == NATS_OK)
		s = natsMsgHeader_Set(msg, "Evring-Time", argv[3]);
	if (s == NATS_OK)
		s = js_PublishMsg(NULL, js, msg, NULL, NULL);
	return s == NATS_OK ? 0 : failed(s);
}

static natsStatus connect_to(natsConnection **nc, const char *url)
{
	const char *creds = getenv("STREAM_CREDS"), *tls = getenv("STREAM_TLS");
	natsOptions *o;
	natsStatus s = natsOptions_Create(&o);

	if (s == NATS_OK)
		s = natsOptions_SetURL(o, url);
	if (s == NATS_OK && creds)
		s = natsOptions_SetUserCredentialsFromFiles(o, creds, NULL);
	if (s == NATS_OK && tls) {
		s = natsOptions_SetSecure(o, true);
		if (s == NATS_OK)
			s = natsOptions_LoadCATrustedCertificates(o, tls);
		if (s == NATS_OK)
			s = natsOptions_LoadCertificatesChain(o, tls, getenv("STREAM_KEY"));
	}
	return s == NATS_OK ? natsConnection_Connect(nc, o) : s;
}

int main(int argc, char **argv)
{
	natsConnection *nc;
	natsStatus s;

	if (argc < 4) {
		fprintf(stderr, "usage: stream URL make|ids|count|put NAME ...\n");
		return 2;
	}
	s = connect_to(&nc, argv[1]);
	if (s == NATS_OK)
		s = natsConnection_JetStream(&js, nc, NULL);
	if (s != NATS_OK)
		return failed(s);
	if (!strcmp(argv[2], "make") && argc > 4)
		return make(argc - 3, argv + 3);
	if (!strcmp(argv[2], "ids"))
		return ids(argv + 3);
	if (!strcmp(argv[2], "count"))
		return count(argv + 3);
	if (!strcmp(argv[2], "put") && argc > 7)
		return put(argv + 3);
	fprintf(stderr, "stream: %s: what is that?\n", argv[2]);
	return 2;
}
