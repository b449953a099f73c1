# PostgreSQL, the source of truth, and Valkey, whose content may be lost: the
# queue is filled again from the database.
variable "name" { type = string }
variable "vpc_id" { type = string }
variable "subnets" { type = list(string) }

variable "client_groups" {
  description = "Security groups that may connect, by a name."
  type        = map(string)
}

variable "database_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

variable "redis_token" {
  type      = string
  sensitive = true
}

variable "secrets_version" { type = number }

locals {
  ports = { database = 5432, queue = 6379 }
  doors = {
    for pair in setproduct(keys(local.ports), keys(var.client_groups)) :
    "${pair[0]}-${pair[1]}" => { port = local.ports[pair[0]], to = pair[0], from = var.client_groups[pair[1]] }
  }
}

resource "aws_security_group" "this" {
  for_each    = local.ports
  name        = "${var.name}-${each.key}"
  description = "Who may connect to the ${each.key} of ${var.name}"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each                     = local.doors
  security_group_id            = aws_security_group.this[each.value.to].id
  referenced_security_group_id = each.value.from
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
}

resource "aws_db_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnets
}

resource "aws_db_instance" "this" {
  identifier                   = var.name
  engine                       = "postgres"
  engine_version               = "16"
  instance_class               = "db.t4g.medium"
  allocated_storage            = 50
  max_allocated_storage        = 500
  storage_type                 = "gp3"
  storage_encrypted            = true
  db_name                      = "storyreel"
  username                     = "storyreel_owner"
  password_wo                  = var.database_password
  password_wo_version          = var.secrets_version
  db_subnet_group_name         = aws_db_subnet_group.this.name
  vpc_security_group_ids       = [aws_security_group.this["database"].id]
  publicly_accessible          = false
  multi_az                     = true
  backup_retention_period      = 14
  copy_tags_to_snapshot        = true
  deletion_protection          = true
  skip_final_snapshot          = false
  final_snapshot_identifier    = "${var.name}-final"
  auto_minor_version_upgrade   = true
  performance_insights_enabled = true
}

resource "aws_elasticache_subnet_group" "this" {
  name       = var.name
  subnet_ids = var.subnets
}

# A queue must not evict.
resource "aws_elasticache_parameter_group" "this" {
  name   = var.name
  family = "valkey8"

  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

resource "aws_elasticache_replication_group" "this" {
  replication_group_id       = var.name
  description                = "Queue and limits of ${var.name}"
  engine                     = "valkey"
  engine_version             = "8.0"
  node_type                  = "cache.t4g.small"
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  auth_token                 = var.redis_token
  parameter_group_name       = aws_elasticache_parameter_group.this.name
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.this["queue"].id]
}

resource "aws_secretsmanager_secret" "this" {
  for_each = toset(["database-url", "redis-url"])
  name     = "${var.name}/${each.key}"
}

resource "aws_secretsmanager_secret_version" "database" {
  secret_id                = aws_secretsmanager_secret.this["database-url"].id
  secret_string_wo         = "postgres://storyreel_owner:${var.database_password}@${aws_db_instance.this.endpoint}/storyreel?sslmode=require"
  secret_string_wo_version = var.secrets_version
}

resource "aws_secretsmanager_secret_version" "redis" {
  secret_id                = aws_secretsmanager_secret.this["redis-url"].id
  secret_string_wo         = "rediss://:${var.redis_token}@${aws_elasticache_replication_group.this.primary_endpoint_address}:6379/0"
  secret_string_wo_version = var.secrets_version
}

output "secret_arns" {
  value = {
    STORYREEL_DATABASE_URL = aws_secretsmanager_secret.this["database-url"].arn
    STORYREEL_REDIS_URL    = aws_secretsmanager_secret.this["redis-url"].arn
  }
}
