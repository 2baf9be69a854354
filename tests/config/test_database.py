from pathlib import Path

import pytest
from pydantic import SecretStr

from triage.config.database import database_url
from triage.config.model import Config, DatabaseConfig
from triage.config.section import Secret


def _url(**database: object) -> str:
    config = Config(data_dir=Path("/data"), database=DatabaseConfig.model_validate(database))
    return database_url(config).get_secret_value()


def test_database_is_a_file_in_the_data_folder_by_default() -> None:
    assert _url() == "sqlite:////data/triage.sqlite3"


def test_configured_address_is_taken_as_it_is() -> None:
    assert _url(url="sqlite:///elsewhere.db") == "sqlite:///elsewhere.db"


@pytest.mark.parametrize("user", ["triage", "triage:old"])
def test_password_is_put_into_the_address(user: str) -> None:
    password = Secret(plain=SecretStr("p@ss/word"))

    assert _url(url=f"postgresql://{user}@db/x?a=1", password=password) == (
        "postgresql://triage:p%40ss%2Fword@db/x?a=1"
    )
