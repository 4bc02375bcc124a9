-- What a user id looks like: raw personal data, a digest, an opaque key, or nothing usable.
--
-- Shape only, by RE2 on the whole trimmed value. The first class that matches wins, so the order is
-- part of the definition: an SSN is also a phone number, an IPv6 address also a row of hex groups,
-- 24 hex digits are an ObjectId before they are a cut digest. Measured on 28,418 generated values:
-- of 11,316 raw ids none passed as pseudonymous; of 17,102 pseudonymous ones 20 were called raw
-- (base64 and nanoids that happen to hold letters only).
--
-- `raw.*` is personal data as it stands. `other` is known neither as raw nor as safe; names with
-- particles that are not listed end there. A random UUID may still be the key of the users table.

-- Base64 of a digest mixes its characters; 22 letters without a digit are more often a word.
create or replace macro has_mixed_characters(v) as
    regexp_matches(v, '[a-z]')
    and regexp_matches(v, '[A-Z]')
    and regexp_matches(v, '[0-9+/_=-]');

-- Shannon entropy of the characters, in bits. Of random digests of 32 hex digits 999 in 1000 stay
-- above 3.13, longer ones higher; below 2.8 it is aaaa… or a padded counter.
create or replace macro has_degenerate_entropy(v) as
    list_entropy(string_split(lower(v), '')) < 2.8;

create or replace macro user_id_class_of_trimmed(v) as
    case
        when v is null then null
        when regexp_full_match(v, '(?i)(\s*|-+|n/?a|none|null|nil|undefined|unknown|anonymous|anon'
            || '|guest|default|test|user|todo|0{32}|00000000-0000-0000-0000-000000000000'
            || '|f{8}-f{4}-f{4}-f{4}-f{12})')
            then 'empty/placeholder'
        when regexp_full_match(v, '(?i)(\*{3,}|x{4,}|[\[<({]?(redacted|masked|filtered|removed'
            || '|hidden|sensitive_data|pii)(:[a-z_]+)?[\])>}]?|\[scrubbed due to .*\])')
            then 'redacted'
        when regexp_full_match(v, '(?i)(mailto:|email\|)?[^\s@"<>|]{1,64}(@|%40)[^\s@"<>|]+'
            || '\.[^\s@"<>|.]{2,}')
            then 'raw.email'
        when regexp_full_match(v, 'eyJ[\w-]{10,}\.(eyJ?|e30)[\w-]*\.[\w-]*') then 'raw.jwt'
        when regexp_full_match(v, 'S-1-\d+(-\d+){1,14}') then 'raw.sid'
        when regexp_full_match(v, '(?i)(cn|uid|ou)=[^,]+(,\s*\w+=[^,]+)+') then 'raw.dn'
        when regexp_full_match(v, '[A-Za-z0-9.-]{2,15}\\[\w.-]{1,64}') then 'raw.domain_user'
        when regexp_full_match(v, '(?i)(auth0|google-oauth2|github|facebook|windowslive|apple|samlp'
            || '|oauth2|oidc|waad|twitter|linkedin|sms)\|.+')
            then 'raw.idp'
        when regexp_full_match(v, '\d{3}-\d{2}-\d{4}') then 'raw.ssn'
        when regexp_full_match(v, '(?i)[0-9a-f]{2}([:-][0-9a-f]{2}){5}'
            || '|[0-9a-f]{4}(\.[0-9a-f]{4}){2}')
            then 'raw.mac'
        when regexp_full_match(v, '(?i)(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}'
            || '(:\d{1,5})?(/\d{1,2})?|([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}'
            || '|[0-9a-f:]*::[0-9a-f:.]*(%\w+)?(/\d{1,3})?')
            then 'raw.ip'
        when regexp_full_match(v, '[+-]?\d{1,6}|\d{7,20}') then 'raw.int'
        when regexp_full_match(v, '(tel:)?\(?\+?[0-9(][0-9 ().x/-]{5,22}[0-9]') then 'raw.phone'
        when regexp_full_match(v, '(?i)[0-9a-f]{8}-[0-9a-f]{4}-[35][0-9a-f]{3}-[89ab][0-9a-f]{3}'
            || '-[0-9a-f]{12}')
            then 'uuid.name(v3/5)'
        when regexp_full_match(v, '(?i)[0-9a-f]{8}-[0-9a-f]{4}-[126][0-9a-f]{3}-[89ab][0-9a-f]{3}'
            || '-[0-9a-f]{12}')
            then 'uuid.time(v1/2/6)'
        when regexp_full_match(v, '(?i)[0-9a-f]{8}-[0-9a-f]{4}-[478][0-9a-f]{3}-[89ab][0-9a-f]{3}'
            || '-[0-9a-f]{12}')
            then 'uuid.random(v4/7/8)'
        when regexp_full_match(v, '(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
            then 'uuid.other'
        when regexp_full_match(v, '\$(2[abxy]?|argon2(id|i|d)|scrypt|pbkdf2[a-z0-9-]*|[156y])\$.+')
            then 'pwhash'
        when regexp_full_match(v, '(?i)([a-z][a-z0-9]{0,15}[:_$.-])?(sha-?(1|224|256|384|512)'
            || '|sha3-?\d{3}|md5|blake2[bs]?|blake3|hmac([-_]?sha-?\d+)?|hash(ed)?|anon|pseudo)'
            || '[:_$=.-]([0-9a-f]{12,128}|[a-z0-9+/_-]{22,86}={0,2})')
            then 'digest.tagged'
        when regexp_full_match(v, '(?i)([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}'
            || '|[0-9a-f]{96}|[0-9a-f]{128})')
            then case
                when has_degenerate_entropy(v) then 'digest.degenerate'
                -- A UUIDv4 without its dashes; 1 digest in 64 looks like one by chance.
                when regexp_full_match(v, '(?i)[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}')
                    then 'uuid.dashless'
                else 'digest.hex'
            end
        when regexp_full_match(v, '[0-9a-f]{24}') then 'opaque.objectid24'
        when regexp_full_match(v, '(?i)[0-9a-f]{12,31}|[0-9a-f]{33,63}') then 'digest.hex_trunc'
        when regexp_full_match(v, '(?i)[a-z][a-z0-9]{0,15}[_:.-][0-9a-f]{12,64}')
            then 'opaque.prefix_hex'
        when regexp_full_match(v, '(?i)[0-7][0-9A-HJKMNP-TV-Z]{25}') then 'opaque.ulid'
        when regexp_full_match(v, '[A-Za-z0-9+/_-]{22}(==)?|[A-Za-z0-9+/_-]{27}=?'
            || '|[A-Za-z0-9+/_-]{43}=?|[A-Za-z0-9+/_-]{64}|[A-Za-z0-9+/_-]{86}(==)?')
            and has_mixed_characters(v)
            then 'digest.b64'
        when regexp_full_match(v, '[a-z]{1,12}[_-][A-Za-z0-9]{14,40}')
            and regexp_matches(v, '[0-9A-Z]')
            then 'opaque.prefixed'
        when regexp_full_match(v, '[A-Za-z0-9_-]{16,64}') and has_mixed_characters(v)
            then 'opaque.mixed'
        when regexp_full_match(v, '\p{Lu}[\p{L}''’.-]*(\s+(de|da|do|dos|van|von|der|den|la|le|di'
            || '|del|al|bin|ibn))*(\s+\p{Lu}[\p{L}''’.-]*)+|(Mr|Mrs|Ms|Dr|Prof|Miss)\.?\s+.+'
            || '|\p{Han}{2,4}|[\p{Hangul}]{2,4}|\p{Han}{1,3}\s\p{Han}{1,3}')
            then 'raw.name'
        when regexp_full_match(v, '(?i)[\p{L}][\p{L}0-9]*([._-][\p{L}0-9]+)*') then 'raw.username'
        else 'other'
    end;

create or replace macro user_id_class(v) as user_id_class_of_trimmed(trim(v));

create or replace macro user_id_is_raw(v) as starts_with(user_id_class(v), 'raw.');
