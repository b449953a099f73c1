# ECS on Fargate: the API behind a load balancer, and a service for each kind of
# work, which grows with its CPU. A stopped task hands its job back.
variable "name" { type = string }
variable "region" { type = string }
variable "image" { type = string }
variable "certificate_arn" { type = string }
variable "role_arns" { type = map(string) }
variable "secret_arns" { type = map(string) }
variable "settings" { type = map(string) }

variable "network" {
  type = object({ vpc_id = string, cidr = string, private_subnets = list(string), public_subnets = list(string) })
}

locals {
  # memory in MiB, cpu in units of 1/1024, scratch in GiB (docs/performance.md:
  # 0.2 GB for a review copy, 0.6 GB for a ladder, more with more threads)
  services = {
    api = {
      command  = ["serve"], role = "api", cpu = 512, memory = 1024, scratch = 21, least = 2, most = 6, port = 8080
      settings = { STORYREEL_LISTEN = "0.0.0.0:8080", STORYREEL_TRUSTED_PROXIES = var.network.cidr }
    }
    worker-review = {
      command = ["work"], role = "worker", cpu = 2048, memory = 4096, scratch = 30, least = 1, most = 10, port = 9090
      settings = {
        STORYREEL_REVIEW_WORKERS = "2", STORYREEL_PUBLISH_WORKERS = "0", STORYREEL_METRICS_LISTEN = "0.0.0.0:9090"
      }
    }
    worker-publish = {
      command = ["work"], role = "worker", cpu = 4096, memory = 8192, scratch = 30, least = 1, most = 20, port = 9090
      settings = {
        STORYREEL_REVIEW_WORKERS = "0", STORYREEL_PUBLISH_WORKERS = "1", STORYREEL_METRICS_LISTEN = "0.0.0.0:9090"
      }
    }
  }
  once = {
    migrate = {
      command  = ["migrate"], role = "api", cpu = 256, memory = 512, scratch = 21, least = 0, most = 0, port = 0
      settings = {}
    }
  }
  # Fargate's kernel decides how far ffmpeg can be confined; /readyz shows it.
  common = { STORYREEL_SANDBOX = "auto", STORYREEL_SHUTDOWN = "20s", STORYREEL_LOG_FORMAT = "json" }
}

resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_cloudwatch_log_group" "this" {
  for_each          = merge(local.services, local.once)
  name              = "/${var.name}/${each.key}"
  retention_in_days = 30
}

resource "aws_ecs_task_definition" "this" {
  for_each                 = merge(local.services, local.once)
  family                   = "${var.name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory
  task_role_arn            = var.role_arns[each.value.role]
  execution_role_arn       = var.role_arns["execution"]

  ephemeral_storage {
    size_in_gib = each.value.scratch
  }

  # An empty volume on the task's disk, with the owner that the image states.
  volume {
    name = "data"
  }

  container_definitions = jsonencode([{
    name                   = each.key
    image                  = var.image
    command                = each.value.command
    essential              = true
    user                   = "10001:10001"
    readonlyRootFilesystem = true
    stopTimeout            = 60
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    mountPoints            = [{ sourceVolume = "data", containerPath = "/var/lib/storyreel" }]
    portMappings           = each.value.port == 0 ? [] : [{ containerPort = each.value.port, protocol = "tcp" }]
    environment = [
      for name, value in merge(local.common, var.settings, each.value.settings) : { name = name, value = value } if value != ""
    ]
    secrets = [for name, arn in var.secret_arns : { name = name, valueFrom = arn }]
    healthCheck = each.value.port == 0 ? null : {
      command = ["CMD", "storyreel", "health"], interval = 15, timeout = 5, retries = 3, startPeriod = 60
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group = aws_cloudwatch_log_group.this[each.key].name, awslogs-region = var.region, awslogs-stream-prefix = each.key
      }
    }
  }])
}

resource "aws_security_group" "this" {
  for_each    = toset(["balancer", "services"])
  name        = "${var.name}-${each.key}"
  description = "The ${each.key} of ${var.name}"
  vpc_id      = var.network.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "visitors" {
  for_each          = toset(["80", "443"])
  security_group_id = aws_security_group.this["balancer"].id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  security_group_id            = aws_security_group.this["balancer"].id
  referenced_security_group_id = aws_security_group.this["services"].id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  security_group_id            = aws_security_group.this["services"].id
  referenced_security_group_id = aws_security_group.this["balancer"].id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

# Database, queue, mail, and S3, registry, logs, secrets and webhooks (HTTPS).
resource "aws_vpc_security_group_egress_rule" "services" {
  for_each          = toset(["443", "465", "587", "5432", "6379"])
  security_group_id = aws_security_group.this["services"].id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}

resource "aws_lb" "this" {
  name                       = var.name
  load_balancer_type         = "application"
  subnets                    = var.network.public_subnets
  security_groups            = [aws_security_group.this["balancer"].id]
  idle_timeout               = 120
  drop_invalid_header_fields = true
  enable_deletion_protection = true
}

resource "aws_lb_target_group" "api" {
  name                 = "${var.name}-api"
  port                 = 8080
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = var.network.vpc_id
  deregistration_delay = 30

  health_check {
    path    = "/healthz"
    matcher = "200"
  }
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api.arn
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_ecs_service" "this" {
  for_each                           = local.services
  name                               = each.key
  cluster                            = aws_ecs_cluster.this.id
  task_definition                    = aws_ecs_task_definition.this[each.key].arn
  desired_count                      = each.value.least
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = each.key == "api" ? 60 : null

  network_configuration {
    subnets          = var.network.private_subnets
    security_groups  = [aws_security_group.this["services"].id]
    assign_public_ip = false
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  dynamic "load_balancer" {
    for_each = each.key == "api" ? [1] : []

    content {
      target_group_arn = aws_lb_target_group.api.arn
      container_name   = each.key
      container_port   = each.value.port
    }
  }

  depends_on = [aws_lb_listener.https]

  lifecycle {
    ignore_changes = [desired_count]
  }
}

# Encoding uses all CPU there is, so its load says how much work waits. The way
# down is slow: ECS does not know which task is idle.
resource "aws_appautoscaling_target" "this" {
  for_each           = local.services
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this[each.key].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = each.value.least
  max_capacity       = each.value.most
}

resource "aws_appautoscaling_policy" "this" {
  for_each           = aws_appautoscaling_target.this
  name               = "${var.name}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_in_cooldown  = 900
    scale_out_cooldown = 60

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

output "security_group_id" { value = aws_security_group.this["services"].id }
output "domain" { value = aws_lb.this.dns_name }
