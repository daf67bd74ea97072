module universities.example/client

go 1.19
