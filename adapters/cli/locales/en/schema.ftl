# JSON Schemas.

schema-unknown = There is no command "{ $text }"; kaztoken schema lists the commands.
