# One machine with a GPU, reached through AWS Systems Manager alone (no open port): terraform init && terraform apply
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "instance_type" {
  description = "g6.xlarge: one L4, 4 cores, 16 GiB"
  type        = string
  default     = "g6.xlarge"
}

variable "disk_gb" {
  type    = number
  default = 100
}

variable "bucket" {
  description = "Bucket for datasets and models, which this makes"
  type        = string
}

variable "package" {
  description = "What pip installs: a name, a wheel's address, or git+https://..."
  type        = string
  default     = "rendersdg[gl,train,deploy,serve,s3]"
}

provider "aws" {
  region = var.region
}

data "aws_ssm_parameter" "image" {
  name = "/aws/service/deeplearning/ami/x86_64/base-oss-nvidia-driver-gpu-ubuntu-22.04/latest/ami-id"
}

resource "aws_s3_bucket" "data" {
  bucket = var.bucket
}

resource "aws_s3_bucket_public_access_block" "data" {
  bucket                  = aws_s3_bucket.data.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_iam_role" "machine" {
  name_prefix = "rendersdg-"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "data" {
  role = aws_iam_role.machine.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:ListBucket"], Resource = aws_s3_bucket.data.arn },
      { Effect = "Allow", Action = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource = "${aws_s3_bucket.data.arn}/*" },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "session" {
  role       = aws_iam_role.machine.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

resource "aws_iam_instance_profile" "machine" {
  name_prefix = "rendersdg-"
  role        = aws_iam_role.machine.name
}

resource "aws_security_group" "machine" {
  name_prefix = "rendersdg-"
  description = "Out only"

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_instance" "machine" {
  ami                    = data.aws_ssm_parameter.image.value
  instance_type          = var.instance_type
  iam_instance_profile   = aws_iam_instance_profile.machine.name
  vpc_security_group_ids = [aws_security_group.machine.id]

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    volume_size = var.disk_gb
    volume_type = "gp3"
    encrypted   = true
  }

  user_data = <<-EOT
    #!/bin/bash
    set -euo pipefail
    apt-get update
    apt-get install -y --no-install-recommends python3-venv libegl1 libgl1
    python3 -m venv /opt/rendersdg
    /opt/rendersdg/bin/pip install "${var.package}"
    ln -s /opt/rendersdg/bin/rendersdg /usr/local/bin/rendersdg
  EOT

  tags = {
    Name = "rendersdg"
  }
}

output "connect" {
  value = "aws ssm start-session --region ${var.region} --target ${aws_instance.machine.id}"
}

output "store" {
  value = "s3://${aws_s3_bucket.data.bucket}"
}
