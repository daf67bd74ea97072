"""nginx as a peer: the same bytes from files, and as a cache in front of the service."""

import os
from pathlib import Path

_CONFIGURATION = """\
{user}worker_processes 2;
pid {work}/nginx.pid;
error_log {work}/error.log error;
events {{ worker_connections 4096; }}
http {{
    types {{ application/json json; }}
    default_type application/json;
    access_log off;
    sendfile on;
    tcp_nodelay on;
    keepalive_timeout 3600;
    keepalive_requests 1000000000;
    open_file_cache max=100 inactive=1h;
    open_file_cache_valid 1h;
    gzip_static on;
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    proxy_cache_path {work}/cache keys_zone=answers:10m inactive=1h;
    upstream service {{
        server 127.0.0.1:{service};
        keepalive 16;
    }}
    server {{
        listen 127.0.0.1:{nopush_on} backlog=4096;
        root {folder};
        tcp_nopush on;
    }}
    server {{
        listen 127.0.0.1:{nopush_off} backlog=4096;
        root {folder};
        tcp_nopush off;
    }}
    server {{
        listen 127.0.0.1:{cache} backlog=4096;
        tcp_nopush on;
        location / {{
            proxy_pass http://service;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_cache answers;
            proxy_cache_valid 200 1h;
            # The service lets caches keep its answers only if they ask again each time.
            proxy_ignore_headers Cache-Control Vary;
        }}
    }}
}}
"""


def configure(work: Path, folder: Path, service: int, nopush_on: int, nopush_off: int, cache: int) -> Path:
    """Writes the configuration for these ports."""
    # Workers of root's nginx would not be allowed to read the run's folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    file = work / "nginx.conf"
    file.write_text(
        _CONFIGURATION.format(
            user=user,
            work=work,
            folder=folder,
            service=service,
            nopush_on=nopush_on,
            nopush_off=nopush_off,
            cache=cache,
        )
    )
    return file
