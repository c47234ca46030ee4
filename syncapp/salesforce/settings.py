"""What a gateway is told about its org: plain values, secrets kept out of every repr."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """One connector's login and limits; times in seconds, `daily_budget` in API calls."""

    login_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    method: str = "client_credentials"
    username: str = ""  # of jwt and password: who logs in
    password: str = field(default="", repr=False)  # with the security token behind it
    private_key: str = field(default="", repr=False)  # PEM, signs JWTs
    api_version: str = "64.0"
    allow_emulator: bool = False
    connect_timeout: float = 10.0
    read_timeout: float = 120.0
    concurrency: int = 4
    daily_budget: int | None = None
    consent_reserve_percent: int = 10
