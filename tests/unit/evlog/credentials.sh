# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Keys and tokens as the operator of a NATS server makes them, for evlog_nats.sh, which sources this.
# dir: where they go: operator.conf for a server, user.creds for its user.

# crc16 FILE: CRC-16/XMODEM, as two bytes in hexadecimal, the lower first.
crc16() {
	local byte crc=0 _
	for byte in $(od -An -v -tu1 "$1"); do
		crc=$((crc ^ byte << 8))
		for _ in {1..8}; do crc=$(((crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff)); done
	done
	printf '\\x%02x\\x%02x' $((crc & 255)) $((crc >> 8))
}

# nkey HEX FILE: the 32 bytes in FILE behind the bytes HEX, as NATS writes keys.
nkey() {
	{ printf '%b' "$1"; cat "$2"; } >"$dir/nkey"
	{ cat "$dir/nkey"; printf '%b' "$(crc16 "$dir/nkey")"; } | base32 -w 0 | tr -d =
}

# make_key NAME HEX: $dir/NAME.pem, and its public key in $dir/NAME.pub; HEX: what kind.
make_key() {
	openssl genpkey -algorithm ed25519 -out "$dir/$1.pem"
	openssl pkey -in "$dir/$1.pem" -pubout -outform DER | tail -c 32 >"$dir/$1.raw"
	nkey "$2" "$dir/$1.raw" >"$dir/$1.pub"
}

base64url() { base64 -w 0 | tr '+/' '-_' | tr -d =; }

# token SUBJECT ISSUER CLAIMS
token() {
	{
		printf '{"typ":"JWT","alg":"ed25519-nkey"}' | base64url
		printf .
		printf '{"jti":"%s","iat":1700000000,"name":"%s","sub":"%s","iss":"%s","nats":{%s,"version":2}}' \
			"$1" "$1" "$(cat "$dir/$1.pub")" "$(cat "$dir/$2.pub")" "$3" | base64url
	} >"$dir/claims"
	printf '%s.%s' "$(cat "$dir/claims")" \
		"$(openssl pkeyutl -sign -rawin -inkey "$dir/$2.pem" -in "$dir/claims" | base64url)"
}

make_credentials() {
	local limits='"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1'

	make_key operator '\x70' && make_key account '\x00' && make_key system '\x00' && make_key user '\xa0' ||
		return 1
	cat >"$dir/operator.conf" <<-CONF
		operator: $(token operator operator '"type":"operator"')
		resolver: MEMORY
		system_account: $(cat "$dir/system.pub")
		resolver_preload: {
			$(cat "$dir/system.pub"): $(token system operator "\"type\":\"account\",\"limits\":{$limits}")
			$(cat "$dir/account.pub"): $(token account operator "\"type\":\"account\",\"limits\":{$limits,
				\"mem_storage\":-1,\"disk_storage\":-1,\"streams\":-1,\"consumer\":-1}")
		}
	CONF
	openssl pkey -in "$dir/user.pem" -outform DER | tail -c 32 >"$dir/seed"
	cat >"$dir/user.creds" <<-CREDS
		-----BEGIN NATS USER JWT-----
		$(token user account '"type":"user","subs":-1,"data":-1,"payload":-1')
		------END NATS USER JWT------

		-----BEGIN USER NKEY SEED-----
		$(nkey '\x95\x00' "$dir/seed")
		------END USER NKEY SEED------
	CREDS
}
