#!/usr/bin/env python3
"""Records requests as boto3 signs them: record.py > botocore.json. Needs boto3; nothing leaves the machine."""
import datetime
import json
import sys

import boto3
import botocore
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials

NOW = datetime.datetime(2026, 11, 20, 19, 3, 43, tzinfo=datetime.timezone.utc)
KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "AQoDYXdzEPT//////////wEXAMPLE+tc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqw=="
KEYS = ["plain.txt", "a b+c", "\u00e9/\u65e5\u672c.txt", "~tilde", "a//b", "/lead", "trail/", "dot/./x/../y", "100%", "%41",
        "q?x=y&z#f", "!*'()", "$@:;,=[]", "\\back\"<>^`{|}", "\U0001f4e6", "tab\there"]
QUERIES = ["versions", "uploads=", "b=2&a=1&a=0", "A=1&a=2&B=3", "prefix=a%20b%2F%C3%A9%2B&list-type=2",
           "uploadId=a%3Db&partNumber=2", "x=~&x-y=1&x=", "list-type=2&prefix=&delimiter=%2F&max-keys=0"]

out = []
botocore.auth.get_current_datetime = lambda remove_tzinfo=True: NOW.replace(tzinfo=None) if remove_tzinfo else NOW


def text(value):
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def keep(name, request, region, service, path, token, payload=None):
    found = {text(k).lower(): text(v) for k, v in request.headers.items()}
    signed = found["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    # What botocore adds behind the signature is random; what it leaves out of it on purpose stays, without this machine's name.
    found["user-agent"] = "Boto3"
    headers = [[k, v] for k, v in found.items() if k in signed or k in ("user-agent", "expect", "transfer-encoding")]
    out.append({"name": name, "method": request.method, "url": request.url, "region": region, "service": service,
                "path": path, "token": token, "payload": payload or found["x-amz-content-sha256"],
                "headers": headers, "authorization": found["authorization"]})


def client(token, endpoint, region, style):
    return boto3.session.Session().client(
        "s3", aws_access_key_id=KEY, aws_secret_access_key=SECRET, aws_session_token=token or None, endpoint_url=endpoint,
        region_name=region, config=botocore.config.Config(signature_version="s3v4", s3={"addressing_style": style},
                                                          retries={"max_attempts": 0}))


class Caught(Exception):
    pass


def catch(name, s3, region, token, call):
    def before_send(request, **_):
        keep(name, request, region, "s3", "s3", token)
        raise Caught
    s3.meta.events.register_first("before-send.s3", before_send)
    try:
        call(s3)
    except Caught:
        pass
    s3.meta.events.unregister("before-send.s3", before_send)


def presign(name, s3, region, token, operation, params, expires):
    url = s3.generate_presigned_url(operation, Params=params, ExpiresIn=expires)
    out.append({"name": name, "method": {"put_object": "PUT"}.get(operation, "GET"), "presigned": url, "region": region,
                "service": "s3", "path": "s3", "token": token, "expires": expires})


def main():
    places = [("http://127.0.0.1:9000", "us-east-1", "path", ""), ("https://s3.example.org", "eu-central-1", "virtual", TOKEN)]
    for endpoint, region, style, token in places:
        s3 = client(token, endpoint, region, style)
        for key in KEYS:
            catch(f"put {key!r} {style}", s3, region, token, lambda c: c.put_object(Bucket="bucket", Key=key, Body=b"x" * 9))
            presign(f"presigned get {key!r} {style}", s3, region, token, "get_object", {"Bucket": "bucket", "Key": key}, 600)
        catch(f"get version and range {style}", s3, region, token, lambda c: c.get_object(
            Bucket="bucket", Key="a b", VersionId="v/+=1", Range="bytes=0-9", IfMatch='"e  tag"'))
        catch(f"list {style}", s3, region, token, lambda c: c.list_objects_v2(
            Bucket="bucket", Prefix="a b/\u00e9+", Delimiter="/", ContinuationToken="1/x+y=="))
        catch(f"versions {style}", s3, region, token, lambda c: c.list_object_versions(Bucket="bucket", KeyMarker="~ *"))
        catch(f"versioning {style}", s3, region, token, lambda c: c.get_bucket_versioning(Bucket="bucket"))
        catch(f"part {style}", s3, region, token, lambda c: c.upload_part(
            Bucket="bucket", Key="k", UploadId="u+/=", PartNumber=7, Body=b"", ChecksumSHA256="47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="))
        catch(f"copy with metadata {style}", s3, region, token, lambda c: c.copy_object(
            Bucket="bucket", Key="k", CopySource={"Bucket": "other", "Key": "a b+\u00e9", "VersionId": "7"},
            MetadataDirective="REPLACE", Metadata={"note": "  two  spaces ", "x-y": "z"}))
        presign(f"presigned version {style}", s3, region, token, "get_object",
                {"Bucket": "bucket", "Key": "k", "VersionId": "v/+=1", "ResponseContentType": "a b/c"}, 604800)
        presign(f"presigned list {style}", s3, region, token, "list_object_versions", {"Bucket": "bucket"}, 1)
    for number, query in enumerate(QUERIES):
        for service, auth, path in (("s3", botocore.auth.S3SigV4Auth, "s3"), ("execute-api", botocore.auth.SigV4Auth, "normalised")):
            request = botocore.awsrequest.AWSRequest(method="GET", url=f"https://host.example:8443/a%20b/../c//%C3%A9?{query}",
                                                     headers={"X-Note": " a  b ", "User-Agent": "me", "Expect": "100-continue"})
            token = TOKEN if number % 2 else ""
            auth(botocore.credentials.Credentials(KEY, SECRET, token or None), service, "us-west-2").add_auth(request)
            empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
            keep(f"query {query} {service}", request, "us-west-2", service, path, token, empty)
    json.dump({"botocore": botocore.__version__, "now": NOW.isoformat(), "access_key_id": KEY, "secret_access_key": SECRET,
               "cases": out}, sys.stdout, indent=1, ensure_ascii=True)
    print()


if __name__ == "__main__":
    main()
