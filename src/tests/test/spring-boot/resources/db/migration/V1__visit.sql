-- By the application's own Flyway.
CREATE TABLE visit (scratch VARCHAR);
